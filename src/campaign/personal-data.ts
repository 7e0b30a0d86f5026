/** Parameter names that ask for a person's contact data, lower case. */
const contactNames: ReadonlySet<string> = new Set(
  (
    'email e-mail e_mail mail user_email useremail customer_email phone phone_number phonenumber telephone tel mobile ' +
    'firstname first_name fname lastname last_name lname surname fullname full_name'
  ).split(' '),
);

/** The name of a parameter, in lower case, says that its value is a person's contact data. */
export function isContactName(name: string): boolean {
  return contactNames.has(name);
}

const maxSigns = 8;

/** The text holds what looks like an e-mail address, plain or percent-encoded. The work is bounded. */
export function holdsEmail(text: string): boolean {
  const plain = text.includes('%40') ? text.replaceAll('%40', '@') : text;
  let at = plain.indexOf('@');
  for (let signs = 0; at >= 0 && signs < maxSigns; signs += 1) {
    const isLocal = /[\w.+-]$/.test(plain.slice(Math.max(0, at - 1), at));
    if (isLocal && /^[\w-]{1,63}(?:\.[\w-]{1,63})*\.[a-z]{2,24}/i.test(plain.slice(at + 1, at + 256)))
      return true;
    at = plain.indexOf('@', at + 1);
  }
  return false;
}

/** The text is a telephone number: a country code with its `+`, and nothing beside it. Bare digits are mostly ids. */
export function isPhone(text: string): boolean {
  if (!text.includes('+') && !text.includes('%2')) return false;
  return /^(?:\+|%2b)\d[\d ().-]{7,18}$/i.test(text.trim().slice(0, 32));
}
