import { hash, normalise } from '../../contract/hash.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { publicAddress } from './address.ts';
import { hashAll, phoneCountry } from './contact.ts';
import { isEmpty, present } from './payload.ts';

/** Contact data as Google matches people by it, hashed in hexadecimal; undefined where there is none. */
export function googleUserData(event: Event): JsonObject | undefined {
  const { user } = event;
  if (user === undefined) return undefined;
  const emails = hashAll('google', 'email', user.emails ?? []) ?? [];
  const phones = hashAll('google', 'phone', user.phones ?? [], phoneCountry(event)) ?? [];
  const address = addressOf(event);
  const userIdentifiers = [
    ...emails.map((emailAddress) => ({ emailAddress })),
    ...phones.map((phoneNumber) => ({ phoneNumber })),
    ...(address === undefined ? [] : [{ address }]),
  ];
  return userIdentifiers.length === 0 ? undefined : { userIdentifiers };
}

/** Google takes an address only whole: both names, country and postal code. */
function addressOf({ user }: Event): JsonObject | undefined {
  const of = (field: 'country' | 'postalCode') => normalise('google', field, user?.[field] ?? '');
  const givenName = hash('google', 'firstName', user?.firstName ?? '');
  const familyName = hash('google', 'lastName', user?.lastName ?? '');
  const regionCode = of('country');
  const postalCode = of('postalCode');
  if (givenName === undefined || familyName === undefined) return undefined;
  if (regionCode === undefined || postalCode === undefined) return undefined;
  return { givenName, familyName, regionCode, postalCode };
}

// EEA with its outermost parts, United Kingdom and Switzerland: Google matches nobody there by address (2026-11-23).
const withoutIp = new Set(
  'AT BE BG HR CY CZ DE DK EE ES FI FR GF GP GR HU IE IS IT LI LT LU LV MF MQ MT NL NO PL PT RE RO SE SI SK YT CH GB'.split(
    ' ',
  ),
);

/** The browser, and its address where Google may use it; an address of an unknown country stays here. */
export function googleDevice({ client }: Event): JsonObject | undefined {
  const { userAgent, country } = client;
  const mayHaveIp = country !== undefined && /^[A-Z]{2}$/.test(country) && !withoutIp.has(country);
  const device = present({ userAgent, ipAddress: mayHaveIp ? publicAddress(client.ip) : undefined });
  return isEmpty(device) ? undefined : device;
}
