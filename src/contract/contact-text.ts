/** What stands where contact data was. */
export const mask = 'redacted';

/**
 * Whether a text could hold an e-mail address, a phone number or a card number: a sign, an escape of one, or eight digits
 * with nothing but separators between them. One pass without allocation, so that most texts cost next to nothing.
 */
export function mayHoldContact(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (digits >= minDigits) return true;
    } else if (code === 0x40) return true;
    else if (code === 0x25) {
      if (isTellingEscape(text.charCodeAt(at + 1), text.charCodeAt(at + 2))) return true;
    } else if (!isSeparator(code)) digits = 0;
  }
  return false;
}

/** True where the text holds contact data, plain or behind up to three layers of percent-encoding. */
export function holdsContact(text: string): boolean {
  return maskText(text) !== text;
}

/**
 * The text with e-mail addresses, phone numbers and card numbers masked; the very same text where there are none. Phones:
 * with a country code after `+` or `00`, after `tel:`, or as North America writes them; bare digits are mostly ids. Cards:
 * by issuer's prefix, length and check digit. Hidden behind escapes, the whole text goes. The work grows with the length.
 */
export function maskText(text: string): string {
  if (!mayHoldContact(text)) return text;
  const masked = maskPlain(text);
  if (!masked.includes('%')) return masked;
  const plain = unescapeText(masked);
  return plain !== masked && maskPlain(plain) !== plain ? mask : masked;
}

/** The fewest digits of a phone number that is told from other numbers. */
const minDigits = 8;

/** Space, parentheses, plus, hyphen, full stop and slash: what stands between the digits of a number. */
function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x28 || code === 0x29 || (code >= 0x2b && code <= 0x2f && code !== 0x2c);
}

/** `%40` is the sign, `%2B` the plus, `%25` another layer, `%3x` a digit. */
function isTellingEscape(high: number, low: number): boolean {
  if (high === 0x34) return low === 0x30;
  if (high === 0x33) return true;
  return high === 0x32 && (low === 0x35 || low === 0x42 || low === 0x62);
}

/** Bytes of ASCII only: what stands in an address, a phone or a card number. */
function unescapeText(text: string): string {
  let plain = text;
  for (let layer = 0; layer < 3 && plain.includes('%'); layer += 1) {
    plain = plain.replace(/%([2-7][0-9a-f])/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return plain;
}

// A digit before or behind makes it a longer number, and a letter makes it part of an id.
const phones = [
  /(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){7,14}(?!\d)/g,
  /(?<!\w)tel:[\d ()./-]{7,24}/gi,
  /(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])/g,
];
const dialled = /(?<![\w.-])00[1-9](?:[ ()./-]{0,2}\d){8,14}(?!\d)/g;

function maskPlain(text: string): string {
  let masked = maskEmails(text);
  for (const phone of phones) masked = masked.replace(phone, mask);
  // Without a separator it is more likely an article number.
  masked = masked.replace(dialled, (number) => (/\D/.test(number) ? mask : number));
  return masked.replace(/(?<![\d.])\d(?:[ -]?\d){13,}/g, maskCards);
}

const maxLocalChars = 64;
const maxDomainChars = 255;

function maskEmails(text: string): string {
  let at = text.indexOf('@');
  if (at < 0) return text;
  let masked = '';
  let from = 0;
  while (at >= 0) {
    const start = localStart(text, at, from);
    const end = domainEnd(text, at + 1);
    if (start < at && end > 0) {
      masked += text.slice(from, start) + mask;
      from = end;
    }
    at = text.indexOf('@', Math.max(at + 1, from));
  }
  return masked + text.slice(from);
}

function localStart(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start < maxLocalChars && isLocal(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/** Where the domain after the sign ends; 0: it is none. `logo@2x.png` is a picture. */
function domainEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && end - start < maxDomainChars && isDomain(text.charCodeAt(end))) end += 1;
  const domain = /^(?!\dx\.)(?:[^.]{1,63}\.){1,8}[^\d.-][^.]{1,62}(?=\.?$)/.exec(text.slice(start, end));
  return domain === null ? 0 : start + domain[0].length;
}

function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code > 0x7f
  );
}

/** Letters, digits and `.`, `_`, `+`, `-`, `'`, `%`: what other signs a local part may have, nobody uses. */
function isLocal(code: number): boolean {
  return (
    isWord(code) ||
    code === 0x5f ||
    code === 0x25 ||
    code === 0x27 ||
    (code >= 0x2b && code <= 0x2e && code !== 0x2c)
  );
}

function isDomain(code: number): boolean {
  return isWord(code) || code === 0x2d || code === 0x2e;
}

/** Longest first, so that a card number is masked to its end. */
const cardLengths = [19, 18, 17, 16, 15, 14];

/** A run of digits with single spaces and hyphens between them, its card numbers masked. They begin and end a group. */
function maskCards(run: string): string {
  let masked = '';
  let from = 0;
  for (let at = 0; at < run.length; at += 1) {
    if (at > from && isDigit(run.charCodeAt(at - 1))) continue;
    const end = cardEnd(run, at);
    if (end === 0) continue;
    masked += run.slice(from, at) + mask;
    from = end;
    at = end - 1;
  }
  return masked + run.slice(from);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Where the card number that starts here ends; 0: none does. */
function cardEnd(run: string, start: number): number {
  const piece = run.slice(start, start + 2 * 19);
  const digits = piece.replaceAll(/\D/g, '');
  for (const length of cardLengths) {
    if (digits.length < length || !isCard(digits.slice(0, length))) continue;
    const end = start + endOfDigits(piece, length);
    if (end === run.length || !isDigit(run.charCodeAt(end))) return end;
  }
  return 0;
}

function endOfDigits(piece: string, count: number): number {
  let seen = 0;
  for (let at = 0; at < piece.length; at += 1) {
    if (isDigit(piece.charCodeAt(at))) seen += 1;
    if (seen === count) return at + 1;
  }
  return piece.length;
}

/** Issuers' prefixes with their lengths: Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro (ISO/IEC 7812, 2026-11-24). */
const issuers =
  /^(?:4(?:\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:50[123]8|5893|6304|6759|676[1-3])\d{12,15})$/;

function isCard(digits: string): boolean {
  return issuers.test(digits) && hasCheckDigit(digits);
}

/** The Luhn algorithm (ISO/IEC 7812-1 annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 0x30;
    const weighted = at % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
