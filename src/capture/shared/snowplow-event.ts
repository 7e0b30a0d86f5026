import type { Page } from '../../model/event.ts';
import type { Draft, Reject } from '../../model/hit.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { hasKeys, type OpenObject, put, readNumber, readText, withoutKeys } from './fields.ts';
import { maxNameCharacters, maxRawCharacters } from './limits.ts';
import type { Parameters } from './parameters.ts';
import { readSnowplowCommerce } from './snowplow-commerce.ts';
import { readSnowplowMeaning, type SnowplowMeaning } from './snowplow-meaning.ts';
import { columnOf, type Described, readEntities, readSelfDescribing } from './snowplow-schemas.ts';

/** Who sent a hit of Snowplow's, and where in the hit an event stands. */
export interface SnowplowSender {
  readonly at: string;
  readonly sentBy: Draft['sentBy'];
  /** The tracker asked with `SP-Anonymous` that nobody be recognised. */
  readonly isAnonymous: boolean;
}

/** One event of Snowplow's tracker protocol as a draft (docs.snowplow.io, tracker protocol, 2026-11-24). */
export function readSnowplowEvent(
  parameters: Parameters,
  { at, sentBy, isAnonymous }: SnowplowSender,
): Draft | Reject {
  const entities = readEntities(parameters);
  if (entities === null) return { reason: 'refused_invalid', at, message: 'its contexts cannot be read' };
  const described = parameters.get('e') === 'ue' ? readSelfDescribing(parameters) : undefined;
  const shop = readSnowplowCommerce(described, entities);
  const meaning = readSnowplowMeaning(parameters, described, shop.name);
  if (meaning === null || meaning.name === '' || meaning.name.length > maxNameCharacters) {
    const message = `expected an event type, \`e\`, and a name of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at, message };
  }
  const commerce = { ...meaning.commerce, ...shop.commerce };
  const user = meaning.user ?? shop.user;
  const id = readText(parameters.get('eid'));
  const page = pageOf(parameters, entities);
  const screen = readText(parameters.get('res'));
  const language = readText(parameters.get('lang')?.split('@')[0]);
  return {
    name: meaning.name,
    ...(id !== undefined && id.length <= maxNameCharacters && { id }),
    ...timesOf(parameters),
    sentBy,
    ...(page && { page }),
    ...(isAnonymous ? { signals: anonymity } : whoOf(parameters, entities, shop.userId)),
    ...(Object.keys(commerce).length > 0 && { commerce }),
    ...(user && !isAnonymous && { user }),
    ...(screen !== undefined && { screen }),
    ...(language !== undefined && { language }),
    ...(sentBy === 'server' && statedByServer(parameters, isAnonymous)),
    properties: {
      ...meaning.properties,
      ...shop.properties,
      ...restOf(
        isAnonymous ? without(parameters, sessionKeys) : parameters,
        meaning,
        keptOf(shop.rest, isAnonymous),
      ),
    },
  };
}

/** Snowplow's collector sets no cookie then and stores neither id nor address, which is what these denials bring about. */
const anonymity: NonNullable<Draft['signals']> = {
  consent: JSON.stringify({
    ad_storage: 'denied',
    analytics_storage: 'denied',
    ad_user_data: 'denied',
    ad_personalization: 'denied',
  }),
};

/** `ttm` is true by the word of whoever set it; `dtm` and `stm` are of the device's clock. */
function timesOf(parameters: Parameters): Pick<Draft, 'occurredAtMs' | 'sentAtMs'> {
  const trueMs = readNumber(parameters.get('ttm'));
  if (trueMs !== undefined) return { occurredAtMs: Math.trunc(trueMs) };
  const occurredAtMs = readNumber(parameters.get('dtm'));
  const sentAtMs = readNumber(parameters.get('stm'));
  return {
    ...(occurredAtMs !== undefined && { occurredAtMs: Math.trunc(occurredAtMs) }),
    ...(sentAtMs !== undefined && { sentAtMs: Math.trunc(sentAtMs) }),
  };
}

function pageOf(parameters: Parameters, entities: readonly Described[]): Page | undefined {
  const url = readText(parameters.get('url'));
  const referrer = readText(parameters.get('refr'));
  const title = readText(parameters.get('page'));
  const loadId = readText(ownEntity(entities, 'web_page')?.data['id']);
  const page: Page = {
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
    ...(title !== undefined && { title }),
    ...(loadId !== undefined && loadId.length <= maxNameCharacters && { loadId }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

function without(parameters: Parameters, keys: ReadonlySet<string>): Parameters {
  return new Map([...parameters].filter(([key]) => !keys.has(key)));
}

function ownEntity(entities: readonly Described[], name: string): Described | undefined {
  return entities.find((entity) => isOwn(entity) && entity.name === name);
}

function isOwn({ vendor }: Described): boolean {
  return vendor === 'com.snowplowanalytics.snowplow';
}

/** The mobile trackers state their id of the device in the session's entity only. */
function whoOf(
  parameters: Parameters,
  entities: readonly Described[],
  buyerId: string | undefined,
): Pick<Draft, 'userId' | 'clientIds'> {
  const userId = readText(parameters.get('uid')) ?? buyerId;
  const session = ownEntity(entities, 'client_session')?.data;
  const domainId = readText(parameters.get('duid')) ?? readText(session?.['userId']);
  const networkId = readText(parameters.get('tnuid')) ?? readText(parameters.get('nuid'));
  return {
    ...(userId !== undefined && { userId }),
    ...((domainId !== undefined || networkId !== undefined) && {
      clientIds: {
        ...(domainId !== undefined && { snowplow: domainId }),
        ...(networkId !== undefined && { snowplow_network: networkId }),
      },
    }),
  };
}

/** Of a browser the request itself tells both more truly. */
function statedByServer(parameters: Parameters, isAnonymous: boolean): Pick<Draft, 'userAgent' | 'ip'> {
  const userAgent = readText(parameters.get('ua'));
  const ip = isAnonymous ? undefined : readText(parameters.get('ip'));
  return { ...(userAgent !== undefined && { userAgent }), ...(ip !== undefined && { ip }) };
}

/** What identifies a device beyond the tracker's own id hangs on more consent than properties do. */
const privateKeys: ReadonlySet<string> = new Set([
  'userId',
  'appleIdfa',
  'appleIdfv',
  'androidIdfa',
  'openIdfa',
]);

/** The entities as the warehouse knows them, each schema a list; a page's id is read elsewhere. */
function keptOf(entities: readonly Described[], isAnonymous: boolean): OpenObject {
  const kept: OpenObject = {};
  for (const entity of entities) {
    if (isOwn(entity) && entity.name === 'web_page') continue;
    if (isAnonymous && isOwn(entity) && entity.name === 'client_session') continue;
    const data: Json = isOwn(entity) ? withoutKeys(entity.data, privateKeys) : entity.data;
    const column = columnOf(entity);
    put(kept, column, [kept[column] ?? [], data].flat());
  }
  return kept;
}

/** Read elsewhere, or marks of a device that no event is to carry: its network card and its fingerprint. */
const known: ReadonlySet<string> = new Set(
  'e eid dtm stm ttm url refr page res lang uid duid nuid tnuid ua ip co cx mac fp'.split(' '),
);
const sessionKeys: ReadonlySet<string> = new Set(['sid', 'vid']);

/** What has no place of its own, raw, under the tool's name. */
function restOf(parameters: Parameters, { used, schema }: SnowplowMeaning, entities: OpenObject): JsonObject {
  const rest: OpenObject = schema === undefined ? {} : { schema };
  for (const [key, value] of parameters) {
    if (known.has(key) || used.includes(key) || value === '') continue;
    put(rest, key, value.slice(0, maxRawCharacters));
  }
  const all = { ...rest, ...entities };
  return hasKeys(all) ? { snowplow: all } : {};
}
