import { holdsContact, mask, maskText, mayHoldContact } from './contact-text.ts';

/**
 * An address or any other text without contact data. Of an address go its user and password, the parameters and the
 * fragment that hold some or ask for a name, and what stands in its path is masked. The very same text where there is
 * nothing to mask; doing it twice is doing it once.
 */
export function maskAddress(text: string): string {
  if (!mayHoldContact(text) && !namesPerson.test(text)) return text;
  const parsed = hasScheme.test(text) ? URL.parse(text) : null;
  if (parsed === null || parsed.host === '') return maskText(text);
  const { href } = parsed;
  parsed.username = '';
  parsed.password = '';
  const pairs = [...parsed.searchParams];
  const kept = pairs.filter(([name, value]) => mayKeep(name, value));
  if (kept.length !== pairs.length) parsed.search = new URLSearchParams(kept).toString();
  const path = parsed.pathname.split('/').map(maskSegment).join('/');
  if (path !== parsed.pathname) parsed.pathname = path;
  if (holdsContact(parsed.hash) || namesPerson.test(parsed.hash)) parsed.hash = '';
  return parsed.href === href ? text : parsed.href;
}

/** True where a parameter or property of this name asks for a person's name, whatever it is; letter case does not matter. */
export function asksForName(name: string): boolean {
  return name.length <= maxNameChars && names.has(name.toLowerCase());
}

/** True where a parameter or property of this name asks for an e-mail address, a phone or a card number. */
export function asksForContact(name: string): boolean {
  return name.length <= maxNameChars && contacts.has(name.toLowerCase());
}

/** True for what a field that asks for contact data holds: a sign, seven digits, or a digest (MD5, SHA-1, SHA-256). */
export function isContactValue(value: string): boolean {
  return value.includes('@') || /(?:\d\D{0,2}){7}/.test(value) || /^[\da-f]{32,64}$/i.test(value);
}

const hasScheme = /^[a-z][a-z\d+.-]{0,30}:\/\//i;
const maxNameChars = 24;

const names: ReadonlySet<string> = new Set(
  (
    'firstname first_name first-name fname given_name givenname lastname last_name last-name lname surname family_name ' +
    'familyname fullname full_name full-name'
  ).split(' '),
);

const contacts: ReadonlySet<string> = new Set(
  (
    'email e-mail e_mail mail user_email useremail email_address emailaddress customer_email customeremail em phone ' +
    'phone_number phonenumber phone-number telephone tel mobile mobile_number cellphone ph sha256_email ' +
    'sha256_email_address hashed_email email_sha256 email_md5 sha256_phone_number hashed_phone card cardnumber card_number'
  ).split(' '),
);

/** A parameter asks for a person's name or contact data; looked for in every address, so it is one expression. */
const namesPerson =
  /[?&;#](?:(?:first|last|full|given|family)[_-]?name|[fl]name|surname|(?:user|customer|hashed|sha256)?[_-]?(?:e[_-]?mail|phone)[_a-z\d]*|em|ph|tel|mobile)=/i;

function mayKeep(name: string, value: string): boolean {
  if (asksForName(name)) return value === '';
  if (asksForContact(name) && isContactValue(value)) return false;
  return !holdsContact(value) && !holdsContact(name);
}

function maskSegment(segment: string): string {
  return holdsContact(segment) ? mask : segment;
}
