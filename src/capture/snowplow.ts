import type { CaptureProtocol, Decoded, Reply, Route } from '../contract/protocol.ts';
import type { Item } from '../model/event.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { readText } from './shared/fields.ts';
import { findExcess, readJsonBody } from './shared/json-body.ts';
import { maxEvents } from './shared/limits.ts';
import { type Parameters, readParameters } from './shared/parameters.ts';
import { excessOf, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { readSnowplowEvent, type SnowplowSender } from './shared/snowplow-event.ts';
import { pixelReply, refusalReply } from './shared/status.ts';

const postPath = '/com.snowplowanalytics.snowplow/tp2';
const pixelPaths = ['/i', '/ice.png', postPath] as const;

/** Snowplow's tracker protocol: pixel and payload, as its trackers send them. */
export const protocol: CaptureProtocol = {
  name: 'snowplow',
  title: 'Snowplow',
  isOnByDefault: false,
  pointing:
    "`newTracker('sp', 'https://shop.example/sp', { appId: 'shop' })`, where `/sp` is the prefix of this protocol; it is " +
    'the endpoint of every other tracker too, with `postPath` left as it is. Self-describing events go by the name of ' +
    'their schema, entities are kept under the names that they have in a Snowplow warehouse, such as ' +
    '`snowplow.contexts_com_acme_user_1`. What was typed into a form is not kept. `SP-Anonymous` counts as a refusal: ' +
    'no cookie, no id, no address. Click redirects (`/r/tp2`) are not answered.',
  routes: [
    { method: 'POST', path: postPath },
    ...pixelPaths.flatMap((path): readonly Route[] => [
      { method: 'GET', path },
      { method: 'HEAD', path },
    ]),
  ],
  decode,
  accepted: ({ method }) => (method === 'POST' ? textReply(200, 'ok') : pixelReply),
  refused: ({ method }, { refused, message }) => {
    if (refused === 'refused_busy') return refusalReply(refused, { error: message });
    // The trackers send again whatever is not answered with 2xx, 400, 401, 403, 410 or 422 (tracker-core 4.10, 2026-11-24).
    return method === 'POST' ? textReply(refused === 'refused_origin' ? 403 : 400, message) : pixelReply;
  },
};

function textReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' }, body };
}

function decode(hit: Hit): Decoded {
  const sender = { sentBy: senderOf(hit), isAnonymous: hit.headers['sp-anonymous'] !== undefined };
  if (hit.method === 'POST') return decodeBody(hit, sender);
  const parameters = readParameters(hit.query, 'query');
  if ('reason' in parameters) return nothingOf(parameters);
  const draft = readSnowplowEvent(parameters, { ...sender, at: 'query' });
  return 'reason' in draft ? nothingOf(draft) : { drafts: [draft], rejects: [] };
}

function decodeBody(hit: Hit, sender: Omit<SnowplowSender, 'at'>): Decoded {
  const read = readJsonBody(hit.body);
  if ('reason' in read) return nothingOf(read);
  const events = isJsonObject(read.json) ? read.json['data'] : undefined;
  if (!Array.isArray(events)) {
    return nothingOf({
      reason: 'refused_malformed',
      at: 'body',
      message: '`data` is not an array of events',
    });
  }
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of events.slice(0, maxEvents).entries()) {
    const at = `data[${index}]`;
    const parameters = parametersOf(event, at);
    const decoded = 'reason' in parameters ? parameters : readSnowplowEvent(parameters, { ...sender, at });
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts: withItems(drafts), rejects: [...rejects, ...excessOf(events.length, 'data')] };
}

/** An event is a flat object of texts; some trackers write numbers as such. */
function parametersOf(event: Json, at: string): Parameters | Reject {
  if (!isJsonObject(event)) return { reason: 'refused_invalid', at, message: 'an event is an object' };
  const excess = findExcess(event, at);
  if (excess) return excess;
  const parameters = new Map<string, string>();
  for (const [key, value] of Object.entries(event)) {
    const text = readText(value);
    if (text !== undefined) parameters.set(key, text);
  }
  return parameters;
}

/**
 * Orders with those of their lines that came with them. A line stays an event of its own too, for the tracker may send
 * it later than its order, when the order cannot change any more.
 */
function withItems(drafts: readonly Draft[]): readonly Draft[] {
  const lines = new Map<string, Item[]>();
  for (const { name, commerce } of drafts) {
    if (name !== 'transaction_item' || commerce?.transactionId === undefined) continue;
    const known = lines.get(commerce.transactionId) ?? [];
    known.push(...(commerce.items ?? []));
    lines.set(commerce.transactionId, known);
  }
  if (lines.size === 0) return drafts;
  return drafts.map((draft) => {
    const order = draft.name === 'purchase' ? draft.commerce?.transactionId : undefined;
    const items = order === undefined ? undefined : lines.get(order);
    if (order === undefined || items === undefined || draft.commerce?.items !== undefined) return draft;
    // Only the first: a hit that repeats its order may not repeat the lines with it.
    lines.delete(order);
    return { ...draft, commerce: { ...draft.commerce, items } };
  });
}
