import type { Permit } from '../../contract/permit.ts';
import type { Visitor } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { publicAddress } from './address.ts';
import { hashAll, phoneCountry } from './contact.ts';
import { present } from './payload.ts';
import { screenOf } from './screen.ts';

/** Everything Reddit may match the visitor by, and how it may use that. Contact data and the site's own ids go hashed. */
export function redditUser({ event, isRestricted }: Pick<Permit, 'event' | 'isRestricted'>): JsonObject {
  const { user, visitor, client } = event;
  return present({
    email: hashAll('reddit', 'email', user?.emails ?? [])?.[0],
    phone_number: hashAll('reddit', 'phone', user?.phones ?? [], phoneCountry(event))?.[0],
    external_id: hashAll('reddit', 'externalId', [visitor?.userId, visitor?.key])?.[0],
    ip_address: publicAddress(client.ip),
    user_agent: client.userAgent,
    uuid: uuidOf(visitor),
    screen_dimensions: screenOf(client),
    // Limited Data Use; the region as ISO 3166-2, which is all that the gate lets through here.
    data_processing_options: isRestricted ? { modes: ['LDU'], country: 'US', region: 'US-CA' } : undefined,
  });
}

/** True where one of the keys that Reddit matches by is there; address and user agent count together only. */
export function isRedditMatchable(user: JsonObject): boolean {
  if (identifying.some((key) => user[key] !== undefined)) return true;
  return user['ip_address'] !== undefined && user['user_agent'] !== undefined;
}

const identifying = ['email', 'phone_number', 'external_id', 'uuid'];

const cookie = /^\d{13}\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The second half of `_rdt_uuid`; the first is when it was made. */
function uuidOf(visitor: Visitor | undefined): string | undefined {
  return cookie.exec(visitor?.clientIds['rdt_uuid'] ?? '')?.[1];
}
