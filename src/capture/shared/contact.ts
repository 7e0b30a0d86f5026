import type { Contact } from '../../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { type OpenObject, put, readText } from './fields.ts';

type TextField = Exclude<keyof Contact, 'emails' | 'phones'>;

/** Names that trackers give contact data, without case, spaces, `_` and `-`. */
const fields: ReadonlyMap<string, keyof Contact> = new Map<string, keyof Contact>([
  ['email', 'emails'],
  ['emails', 'emails'],
  ['mail', 'emails'],
  ['emailaddress', 'emails'],
  ['sha256emailaddress', 'emails'],
  ['phone', 'phones'],
  ['phones', 'phones'],
  ['mobile', 'phones'],
  ['mobilephone', 'phones'],
  ['telephone', 'phones'],
  ['phonenumber', 'phones'],
  ['sha256phonenumber', 'phones'],
  ['firstname', 'firstName'],
  ['sha256firstname', 'firstName'],
  ['givenname', 'firstName'],
  ['lastname', 'lastName'],
  ['sha256lastname', 'lastName'],
  ['surname', 'lastName'],
  ['familyname', 'lastName'],
  ['gender', 'gender'],
  ['birthdate', 'birthDate'],
  ['birthday', 'birthDate'],
  ['dateofbirth', 'birthDate'],
  ['street', 'street'],
  ['streetaddress', 'street'],
  ['sha256street', 'street'],
  ['city', 'city'],
  ['region', 'region'],
  ['state', 'region'],
  ['province', 'region'],
  ['postalcode', 'postalCode'],
  ['postcode', 'postalCode'],
  ['zip', 'postalCode'],
  ['zipcode', 'postalCode'],
  ['country', 'country'],
  ['countrycode', 'country'],
]);

/** Personal, and without a field: left out, because properties are not for contact data. */
const personal = new Set(['name', 'fullname', 'username', 'avatar', 'ip', 'ipaddress']);

/**
 * Splits what a tracker says of a person into contact data and the rest. The rest is fit for properties: everything
 * that is contact data by its name has been taken, or, where it has no field or the wrong type, left out.
 */
export function splitContact(said: JsonObject): { readonly contact?: Contact; readonly rest: JsonObject } {
  const found: Found = { texts: {}, emails: [], phones: [] };
  const rest: OpenObject = {};
  for (const [key, value] of Object.entries(said)) {
    const name = plain(key);
    if (name === 'address') {
      takeAddress(found, value);
      continue;
    }
    const field = fields.get(name);
    if (field !== undefined) take(found, field, value);
    else if (!personal.has(name)) put(rest, key, value);
  }
  const contact: Contact = {
    ...found.texts,
    ...(found.emails.length > 0 && { emails: found.emails }),
    ...(found.phones.length > 0 && { phones: found.phones }),
  };
  return { ...(Object.keys(contact).length > 0 && { contact }), rest };
}

interface Found {
  readonly texts: { -readonly [K in TextField]?: string };
  readonly emails: string[];
  readonly phones: string[];
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[_\s-]/g, '');
}

/** An address is an object of fields, or a list of them, as Google's user-provided data has it: the first counts. */
function takeAddress(found: Found, value: Json): void {
  const address = isJsonObject(value) ? value : Array.isArray(value) ? value[0] : undefined;
  if (!isJsonObject(address)) return;
  for (const [key, part] of Object.entries(address)) {
    const field = fields.get(plain(key));
    if (field !== undefined) take(found, field, part);
  }
}

function take(found: Found, field: keyof Contact, value: Json): void {
  if (field === 'emails' || field === 'phones') {
    const texts = isJsonObject(value) || value === null ? [] : [value].flat();
    found[field].push(...texts.map(readText).filter((text) => text !== undefined));
    return;
  }
  const text = readText(value);
  if (text !== undefined) found.texts[field] ??= text;
}
