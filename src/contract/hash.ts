import { hash as digest } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Phones from 'libphonenumber-js/min';

/** A platform whose rules for contact data are known; another platform is another row of `rules`. */
export type Platform =
  | 'google'
  | 'meta'
  | 'tiktok'
  | 'microsoft'
  | 'linkedin'
  | 'pinterest'
  | 'snapchat'
  | 'reddit'
  | 'x';

/** The contact fields that platforms match people by. */
export type ContactField =
  | 'email'
  | 'phone'
  | 'firstName'
  | 'lastName'
  | 'street'
  | 'city'
  | 'region'
  | 'postalCode'
  | 'country'
  | 'gender'
  | 'birthDate'
  | 'externalId';

/**
 * A contact value in the platform's own form, in the clear; for what a platform takes unhashed.
 *
 * Undefined where nothing usable is left: empty, junk, longer than 320 characters, already hashed, malformed, or a
 * field that the platform does not take. `country` (ISO 3166-1 alpha-2) is where a phone without country code is from.
 */
export function normalise(
  platform: Platform,
  field: ContactField,
  text: string,
  country?: string,
): string | undefined {
  const given = clean(text);
  if (given === undefined || hashed.test(given)) return undefined;
  // MD5 matches nowhere (Meta's helper lets it pass; hashing it again would be worse); as an own id it is a plain token.
  if (md5.test(given) && field !== 'externalId') return undefined;
  const normalised = rules[platform][field]?.(given, country);
  return normalised === '' ? undefined : normalised;
}

/**
 * The SHA-256 of the normalised value in lower-case hex; undefined exactly where `normalise` is, with one exception:
 * a value that is a SHA-256 already passes through in lower case, unless it is the hash of junk.
 */
export function hash(
  platform: Platform,
  field: ContactField,
  text: string,
  country?: string,
): string | undefined {
  const given = clean(text);
  if (given === undefined || rules[platform][field] === undefined) return undefined;
  if (hashed.test(given)) {
    const hex = given.slice(0, 64).toLowerCase();
    return junkHashes.has(hex) ? undefined : hex;
  }
  const normalised = normalise(platform, field, given, country);
  return normalised === undefined ? undefined : sha256(normalised);
}

/** Takes the trimmed NFC text; an empty result means that nothing usable is left. */
type Rule = (text: string, country: string | undefined) => string;

// The longest e-mail address, RFC 5321 section 4.5.3.1; nothing else is longer.
const maxLength = 320;
// Meta's parameter builder appends eight characters to what it hashed (capi-param-builder 1.2.1, 2026-05-17).
const hashed = /^[0-9a-f]{64}(\.[\w-]{8})?$/i;
const md5 = /^[0-9a-f]{32}$/i;
const junk = new Set([
  '',
  'null',
  'undefined',
  'none',
  'n/a',
  'nan',
  'false',
  '0',
  '[object object]',
  'test@test.com',
  'noreply@example.com',
]);
const junkHashes = new Set([...junk, ' ', '[object Object]'].map((value) => sha256(value)));

function sha256(text: string): string {
  return digest('sha256', text, 'hex');
}

function clean(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const given = text.normalize('NFC').trim();
  return junk.has(given.toLowerCase()) ? undefined : given;
}

/**
 * The platforms' rules. Google: data-manager-node formatter 0.3.0 (2026-06). Meta: capi-param-builder nodejs 1.2.1
 * (2026-05-17). Both checked 2026-11-23. Phones are the exception: every platform gets its form of one E.164 number,
 * where the vendors' own code only removes what is not a digit and so keeps extensions and international prefixes.
 */
const rules: Readonly<Record<Platform, Readonly<Partial<Record<ContactField, Rule>>>>> = {
  google: {
    email: (text) => withoutGmailAlias(email(text)),
    phone: e164,
    firstName: (text) => text.toLowerCase().replace(/^(?:mr|mrs|ms|dr)\.\s+/, ''),
    lastName: (text) => withoutNameSuffixes(text.toLowerCase()),
    street: withoutSymbols,
    city: withoutSymbols,
    region: (text) => withoutSymbols(subdivision(text)),
    postalCode: (text) => text,
    country: (text) => country(text).toUpperCase(),
  },
  // Segment's snap-conversions-api and reddit-conversions-api, X's web conversions page; all read 2026-11-23.
  snapchat: {
    email,
    phone: (text, from) => e164(text, from).slice(1),
    firstName: withoutSpaces,
    lastName: withoutSpaces,
    city: withoutSpaces,
    region: (text) => regionCodes.get(lettersOnly(subdivision(text))) ?? withoutSpaces(subdivision(text)),
    postalCode: withoutSpaces,
    country,
    gender: (text) => genders.get(text.toLowerCase()) ?? '',
    birthDate: (text) => birthDate(text).replaceAll('-', ''),
    externalId: (text) => text.toLowerCase(),
  },
  // Reddit ignores dots and what follows a plus for every domain.
  reddit: {
    email: (text) => withoutAlias(email(text)),
    phone: e164,
    externalId: (text) => text,
  },
  x: { email, phone: e164 },
  meta: {
    email,
    phone: (text, from) => e164(text, from).slice(1),
    firstName: lettersOnly,
    lastName: lettersOnly,
    city: (text) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .replace(/^[0-9].*$/, ''),
    region: metaRegion,
    postalCode: metaPostalCode,
    country,
    gender: (text) => genders.get(text.toLowerCase()) ?? '',
    birthDate: (text) => birthDate(text).replaceAll('-', ''),
    externalId: (text) => text.toLowerCase(),
  },
  // City, region and country go in the clear, the rest hashed. Segment's and RudderStack's TikTok code, 2026-11-23.
  tiktok: {
    email,
    phone: e164,
    firstName: withoutSpaces,
    lastName: withoutSpaces,
    city: asciiOnly,
    region: (text) => asciiOnly(subdivision(text)),
    postalCode: (text) => text.toLowerCase().replace(/[\s-]/g, ''),
    country,
    externalId: (text) => text,
  },
  // Microsoft ignores dots and what follows a plus for every domain (stape's UET Conversions API tag, 2026-11-24).
  microsoft: {
    email: (text) => withoutAlias(email(text)),
    phone: e164,
    externalId: (text) => text,
  },
  linkedin: { email },
  // Pinterest's API description (ConversionEventsUserData, 2026-11-24). A code with letters has no digits-only form.
  pinterest: {
    email,
    phone: (text, from) => e164(text, from).slice(1),
    firstName: withoutSpaces,
    lastName: withoutSpaces,
    city: (text) => text.toLowerCase().replace(/[\s\p{P}\p{S}]/gu, ''),
    region: twoLetterRegion,
    postalCode: (text) => (/[a-z]/i.test(text) ? '' : text.replace(/\D/g, '')),
    country,
    gender: (text) => genders.get(text.toLowerCase()) ?? (/^n$|^non-?binary$/i.test(text) ? 'n' : ''),
    birthDate: (text) => birthDate(text).replaceAll('-', ''),
    externalId: (text) => text.toLowerCase(),
  },
};

function email(text: string): string {
  const at = text.indexOf('@');
  const domain = text.slice(at + 1);
  if (at < 1 || /[\s@]/.test(domain) || /\s/.test(text)) return '';
  if (!domain.includes('.') || domain.startsWith('.') || domain.endsWith('.')) return '';
  return text.toLowerCase();
}

/** Only Gmail ignores dots and what follows a plus; elsewhere they are other mailboxes. */
function withoutGmailAlias(address: string): string {
  return /@(?:gmail|googlemail)\.com$/.test(address) ? withoutAlias(address) : address;
}

function withoutAlias(address: string): string {
  const [local = '', domain = ''] = address.split('@');
  const mailbox = (local.split('+')[0] ?? '').replaceAll('.', '');
  return mailbox === '' ? '' : `${mailbox}@${domain}`;
}

const load = createRequire(import.meta.url);
let loadedPhones: typeof Phones | undefined;

/** Loaded with the first phone: the metadata takes about 30 ms (measured 2026-11-23), which a start need not wait for. */
function phones(): typeof Phones {
  const loaded: typeof Phones = loadedPhones ?? load('libphonenumber-js/min');
  loadedPhones = loaded;
  return loaded;
}

/**
 * E.164, or empty. A number with `+` or `00` speaks for itself; else it is read as one of the country, and at last as
 * one whose `+` was left out. The last needs 11 digits: with 10, a US number of no known country reads as Singapore's.
 */
function e164(text: string, from: string | undefined): string {
  if (text.length > 64) return '';
  const { parsePhoneNumberFromString: parse, isSupportedCountry } = phones();
  const international = text.startsWith('00') ? `+${text.slice(2)}` : text;
  const defaultCountry = from?.toUpperCase() ?? '';
  const known = isSupportedCountry(defaultCountry) ? { defaultCountry } : {};
  const direct = parse(international, { ...known, extract: false });
  if (direct?.isValid()) return direct.number;
  const digits = text.replace(/[\s().-]/g, '');
  if (!/^\d{11,15}$/.test(digits)) return '';
  const bare = parse(`+${digits}`);
  return bare?.isValid() ? bare.number : '';
}

const nameSuffixes = new Set('jr jr. sr sr. ii iii iv v vi 2nd 3rd cpa dc dds vm jd md phd'.split(' '));

function withoutNameSuffixes(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => word !== '');
  const last = words.findLastIndex((word) => !nameSuffixes.has(word));
  if (last === words.length - 1 && !name.endsWith(',')) return name;
  return words.slice(0, Math.max(last, 0) + 1).join(' ');
}

function withoutSymbols(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\p{P}\p{S}]/gu, '')
    .trim();
}

function withoutSpaces(text: string): string {
  return text.toLowerCase().replace(/\s/g, '');
}

function asciiOnly(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Meta removes white space and ASCII punctuation, and keeps every other letter as it is. */
function lettersOnly(text: string): string {
  return text.toLowerCase().replace(/[\s!-/:-@[-`{-~]/g, '');
}

/** `US-CA` (ISO 3166-2) means the same as `CA`. */
function subdivision(text: string): string {
  return /^[a-z]{2}-[a-z0-9]{1,3}$/i.test(text) ? text.slice(3) : text;
}

const regionCodes = new Map(
  `alabama:al alaska:ak arizona:az arkansas:ar california:ca colorado:co connecticut:ct delaware:de
  districtofcolumbia:dc florida:fl georgia:ga hawaii:hi idaho:id illinois:il indiana:in iowa:ia kansas:ks kentucky:ky
  louisiana:la maine:me maryland:md massachusetts:ma michigan:mi minnesota:mn mississippi:ms missouri:mo montana:mt
  nebraska:ne nevada:nv newhampshire:nh newjersey:nj newmexico:nm newyork:ny northcarolina:nc northdakota:nd ohio:oh
  oklahoma:ok oregon:or pennsylvania:pa rhodeisland:ri southcarolina:sc southdakota:sd tennessee:tn texas:tx utah:ut
  vermont:vt virginia:va washington:wa westvirginia:wv wisconsin:wi wyoming:wy
  alberta:ab britishcolumbia:bc manitoba:mb newbrunswick:nb newfoundlandandlabrador:nl northwestterritories:nt
  novascotia:ns nunavut:nu ontario:on princeedwardisland:pe quebec:qc saskatchewan:sk yukon:yt`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, -3), entry.slice(-2)] as const),
);

/** Full names of US states and Canadian provinces become their codes; everything else is cut to two characters. */
function metaRegion(text: string): string {
  const plain = subdivision(text)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return regionCodes.get(plain) ?? plain.slice(0, 2);
}

/** A code of two letters, or the one that a US state or Canadian province has; other names have none. */
function twoLetterRegion(text: string): string {
  const plain = subdivision(text)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return regionCodes.get(plain) ?? (/^[a-z]{2}$/.test(plain) ? plain : '');
}

function metaPostalCode(text: string): string {
  const code = (text.toLowerCase().split('-')[0] ?? '').trim();
  return code.length < 2 ? '' : code;
}

const genders = new Map([
  ['f', 'f'],
  ['female', 'f'],
  ['m', 'm'],
  ['male', 'm'],
]);

let loadedCountries: ReadonlyMap<string, string> | undefined;

/** Lower-case alpha-2 of a code or of an English name; empty where it is neither. */
function country(text: string): string {
  const plain = text.toLowerCase();
  if (/^[a-z]{2}$/.test(plain)) return plain === 'uk' ? 'gb' : plain;
  loadedCountries ??= countryNames();
  return loadedCountries.get(plain) ?? '';
}

function countryNames(): ReadonlyMap<string, string> {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const codes = letters
    .flatMap((first) => letters.map((second) => first + second))
    // Codes of former countries have the name of today's: BU is Myanmar too.
    .filter((code) => new Intl.Locale(`und-${code}`).region === code);
  return new Map(codes.map((code) => [(names.of(code) ?? '').toLowerCase(), code.toLowerCase()]));
}

/** YYYY-MM-DD of a real date, or empty. `31.12.1985` is day first, `12/31/1985` month first unless it cannot be. */
function birthDate(text: string): string {
  const iso = /^(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?$/.exec(text);
  if (iso) return realDate(iso[1], iso[2], iso[3]);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (dotted) return realDate(dotted[3], dotted[2], dotted[1]);
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (!slashed) return '';
  return realDate(slashed[3], slashed[1], slashed[2]) || realDate(slashed[3], slashed[2], slashed[1]);
}

function realDate(year = '', month = '', day = ''): string {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== iso ? '' : iso;
}
