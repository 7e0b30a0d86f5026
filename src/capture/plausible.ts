import type { CaptureProtocol, Decoded } from '../contract/protocol.ts';
import type { Commerce, Page } from '../model/event.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { hasKeys, readCurrency, readNumber, readText, withoutKeys } from './shared/fields.ts';
import { findExcess, readJson, readJsonBody } from './shared/json-body.ts';
import { maxNameCharacters } from './shared/limits.ts';
import { nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { refusalReply } from './shared/status.ts';

/** Plausible's events API: the short names of its scripts, the long ones of its documentation. */
export const protocol: CaptureProtocol = {
  name: 'plausible',
  title: 'Plausible',
  isOnByDefault: false,
  pointing:
    "`init({ domain, endpoint: 'https://shop.example/p/api/event' })`, or `data-api` of the script tag, where `/p` is the " +
    'prefix of this protocol; `plausible-tracker` takes `apiHost`. A server sends the same JSON, with the ' +
    "visitor's `User-Agent` and `X-Forwarded-For`. The script has no ids of its own.",
  routes: [{ method: 'POST', path: '/api/event' }],
  decode,
  accepted: () => ({
    status: 202,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    body: 'ok',
  }),
  refused: (_hit, { refused, message }) => refusalReply(refused, { errors: { [refused]: [message] } }),
};

function decode(hit: Hit): Decoded {
  const read = readJsonBody(hit.body);
  if ('reason' in read) return nothingOf(read);
  const { json } = read;
  if (!isJsonObject(json)) {
    return nothingOf({ reason: 'refused_malformed', at: 'body', message: 'expected an object' });
  }
  const excess = findExcess(json, 'body');
  if (excess) return nothingOf(excess);
  const draft = readEvent(json, hit);
  return 'reason' in draft ? nothingOf(draft) : { drafts: [draft], rejects: [] };
}

function readEvent(json: JsonObject, hit: Hit): Draft | Reject {
  const name = readText(json['n'] ?? json['name']);
  if (name === undefined || name.length > maxNameCharacters) {
    const message = `an event needs a name, \`n\`, of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at: 'n', message };
  }
  const url = readText(json['u'] ?? json['url']);
  if (url === undefined)
    return { reason: 'refused_invalid', at: 'u', message: 'an event needs its page, `u`' };
  const referrer = readText(json['r'] ?? json['referrer']);
  const page: Page = { url, ...(referrer !== undefined && { referrer }) };
  const commerce = commerceOf(json['$'] ?? json['revenue']);
  const engagementMs = readNumber(json['e']);
  const sentBy = senderOf(hit);
  return {
    name: names.get(name) ?? name,
    sentBy,
    page,
    ...(commerce && { commerce }),
    ...(engagementMs !== undefined && engagementMs >= 0 && { engagementMs: Math.trunc(engagementMs) }),
    ...(sentBy === 'server' && visitorOf(hit)),
    properties: propertiesOf(json),
  };
}

const names: ReadonlyMap<string, string> = new Map([
  ['pageview', 'page_view'],
  ['engagement', 'user_engagement'],
]);

function commerceOf(revenue: Json | undefined): Commerce | undefined {
  if (!isJsonObject(revenue)) return undefined;
  const value = readNumber(revenue['amount']);
  const currency = readCurrency(revenue['currency']);
  return value === undefined ? undefined : { value, ...(currency !== undefined && { currency }) };
}

/** A server names the visitor's own agent and address in the headers of its request. */
function visitorOf({ headers }: Hit): Pick<Draft, 'userAgent' | 'ip'> {
  const userAgent = readText(headers['user-agent']);
  const ip = readText(headers['x-forwarded-for']?.split(',', 1)[0]?.trim());
  return { ...(userAgent !== undefined && { userAgent }), ...(ip !== undefined && { ip }) };
}

const readKeys = new Set(['n', 'name', 'u', 'url', 'r', 'referrer', 'e']);
const propertyKeys = ['p', 'props', 'm', 'meta'] as const;

/** The site's own properties, and beside them what else the script said. */
function propertiesOf(json: JsonObject): JsonObject {
  const rest = withoutKeys(json, readKeys);
  if (commerceOf(json['$']) !== undefined) delete rest['$'];
  if (commerceOf(json['revenue']) !== undefined) delete rest['revenue'];
  const key = propertyKeys.find((name) => json[name] !== undefined);
  const given = key === undefined ? undefined : json[key];
  // The older npm client writes them as text.
  const own = typeof given === 'string' ? readJson(given)?.json : given;
  if (key === undefined || !isJsonObject(own) || findExcess(own, key) !== null) {
    return hasKeys(rest) ? { plausible: rest } : {};
  }
  delete rest[key];
  return { ...own, ...(hasKeys(rest) && { plausible: rest }) };
}
