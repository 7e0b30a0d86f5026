import { holdsContact, mask } from './contact-text.ts';

/**
 * An address cut down to its origin and path, with every segment masked that could be an id, a token or somebody's name
 * rather than a page's. Undefined where it cannot be read or has no host.
 */
export function reducePath(address: string): string | undefined {
  const parsed = URL.parse(address);
  if (parsed === null || parsed.host === '') return undefined;
  const path = parsed.pathname.split('/').map((segment) => (isPlain(segment) ? segment : mask));
  return `${parsed.protocol}//${parsed.host}${path.join('/')}`;
}

const maxSegmentChars = 80;

/** Words have few digits in a row; made-up ids have many, or are long and mix digits with letters of both cases. */
function isPlain(segment: string): boolean {
  if (segment.length > maxSegmentChars || /\d{5}/.test(segment)) return false;
  if (/[=;:@]|%3\d|%40/.test(segment) || holdsContact(segment)) return false;
  if (/^[\da-f-]{16,}$/i.test(segment)) return false;
  return !/^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{10,}$/.test(segment);
}
