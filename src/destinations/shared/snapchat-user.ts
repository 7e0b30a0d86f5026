import type { Permit } from '../../contract/permit.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { publicAddress } from './address.ts';
import { hashAll, phoneCountry } from './contact.ts';
import { clickIdOf } from './conversion.ts';
import { present } from './payload.ts';

// The life of the cookie that keeps the click id, parameter reference 2026-11-24.
const maxClickAgeMs = 30 * 86_400_000;

/** Everything Snap may match the visitor by. Contact data and the site's own ids go hashed. */
export function snapUser(event: Event): JsonObject {
  const { user, visitor, client } = event;
  return present({
    em: hashAll('snapchat', 'email', user?.emails ?? []),
    ph: hashAll('snapchat', 'phone', user?.phones ?? [], phoneCountry(event)),
    fn: first(event, 'firstName'),
    ln: first(event, 'lastName'),
    ge: first(event, 'gender'),
    db: first(event, 'birthDate'),
    ct: first(event, 'city'),
    st: first(event, 'region'),
    zp: first(event, 'postalCode'),
    country: first(event, 'country'),
    external_id: hashAll('snapchat', 'externalId', [visitor?.userId, visitor?.key])?.[0],
    client_ip_address: publicAddress(client.ip),
    client_user_agent: client.userAgent,
    sc_click_id: clickIdOf(event, 'sccid', maxClickAgeMs),
    sc_cookie1: pixelCookieOf(event),
  });
}

/** True where Snap takes the event at all: ids and click ids alone are not enough. Parameters, 2026-11-23. */
export function isSnapMatchable(user: JsonObject): boolean {
  if (user['em'] !== undefined || user['ph'] !== undefined) return true;
  return user['client_ip_address'] !== undefined && user['client_user_agent'] !== undefined;
}

/** Limited Data Use. The numbers are those of the United States (1) and of California (1000). */
export function snapProcessing({ isRestricted }: Pick<Permit, 'isRestricted'>): JsonObject {
  if (!isRestricted) return {};
  return {
    data_processing_options: ['LDU'],
    data_processing_options_country: 1,
    data_processing_options_state: 1000,
  };
}

type NamedField =
  | 'firstName'
  | 'lastName'
  | 'gender'
  | 'birthDate'
  | 'city'
  | 'region'
  | 'postalCode'
  | 'country';

function first({ user }: Event, field: NamedField): string | undefined {
  return hashAll('snapchat', field, [user?.[field]])?.[0];
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function pixelCookieOf({ visitor }: Event): string | undefined {
  const scid = visitor?.clientIds['scid'];
  return scid !== undefined && uuid.test(scid) ? scid : undefined;
}
