/** What a US privacy string says of sale: `unknown` is no statement, as in "not applicable" or without notice given. */
export type UsPrivacy = 'opted_out' | 'not_opted_out' | 'unknown';

/**
 * Reads IAB's US privacy string, `1` and three of Y, N, -: notice given, opted out of sale, covered by the agreement.
 * Small letters occur. Null: not such a string.
 */
export function readUsPrivacy(text: string): UsPrivacy | null {
  const letters = text.toUpperCase();
  if (letters.length !== 4 || letters[0] !== '1') return null;
  for (let at = 1; at < 4; at++) if (!'YN-'.includes(letters.charAt(at))) return null;
  if (letters[2] === 'Y') return 'opted_out';
  return letters[1] === 'Y' && letters[2] === 'N' ? 'not_opted_out' : 'unknown';
}
