import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { publicAddress } from './address.ts';
import { hashAll, phoneCountry } from './contact.ts';
import { present } from './payload.ts';

/** Everything Meta may match the visitor by. Contact data and the site's own ids go hashed. */
export function metaUser(event: Event): JsonObject {
  const { user, visitor, client } = event;
  return present({
    em: hashAll('meta', 'email', user?.emails ?? []),
    ph: hashAll('meta', 'phone', user?.phones ?? [], phoneCountry(event)),
    fn: hashAll('meta', 'firstName', [user?.firstName]),
    ln: hashAll('meta', 'lastName', [user?.lastName]),
    ge: hashAll('meta', 'gender', [user?.gender]),
    db: hashAll('meta', 'birthDate', [user?.birthDate]),
    ct: hashAll('meta', 'city', [user?.city]),
    st: hashAll('meta', 'region', [user?.region]),
    zp: hashAll('meta', 'postalCode', [user?.postalCode]),
    country: hashAll('meta', 'country', [user?.country]),
    external_id: hashAll('meta', 'externalId', [visitor?.userId, visitor?.key]),
    client_ip_address: publicAddress(client.ip),
    client_user_agent: client.userAgent,
    fbc: clickCookieOf(event),
    fbp: browserCookieOf(event),
  });
}

/**
 * True where Meta can find somebody by it. The rest (place, birth date, gender, a first or a last name, the user agent)
 * fits too many people, and Meta refuses such an event. Customer information parameters, 2026-11-23.
 */
export function isMatchable(user: JsonObject): boolean {
  const hasName = user['fn'] !== undefined && user['ln'] !== undefined;
  return hasName || identifying.some((key) => user[key] !== undefined);
}

const identifying = ['em', 'ph', 'external_id', 'client_ip_address', 'fbc', 'fbp'];

// fb.<dots in the cookie's domain>.<creation, ms>.<payload>, and since 2025 a fifth part from Meta's own helper.
const cookie = /^fb\.\d\.(\d{13})\.([\w-]{1,500})(?:\.[\w-]{2,8})?$/;
const browserCookie = /^fb\.\d\.\d{13}\.\d{1,20}(?:\.[\w-]{2,8})?$/;
const clickId = /^[\w-]{1,500}$/;
// The life of Meta's own cookie: an older click would not be known to the browser either.
const maxClickAgeMs = 90 * 86_400_000;

function browserCookieOf({ visitor }: Event): string | undefined {
  const fbp = visitor?.clientIds['fbp'];
  return fbp !== undefined && browserCookie.test(fbp) ? fbp : undefined;
}

/** The cookie as it is, unless it is malformed or a later click has another id. Case is kept: it is part of the id. */
function clickCookieOf({ visitor, campaign, occurredAtMs }: Event): string | undefined {
  const own = visitor?.clientIds['fbc'] ?? '';
  const [, createdAtMs, payload] = cookie.exec(own) ?? [];
  const { touch, session, first } = campaign;
  const click = touch?.clickIds['fbclid'] ?? session?.clickIds['fbclid'] ?? first?.clickIds['fbclid'];
  const isUsable =
    click !== undefined && clickId.test(click.value) && occurredAtMs - click.seenAtMs <= maxClickAgeMs;
  if (!isUsable) return payload === undefined ? undefined : own;
  if (payload !== undefined && (payload === click.value || Number(createdAtMs) > click.seenAtMs)) return own;
  return `fb.1.${click.seenAtMs}.${click.value}`;
}
