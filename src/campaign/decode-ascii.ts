/** Percent-decoding of printable ASCII alone, which never fails: parameter names and path prefixes need no more. */
export function decodeAscii(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([2-7][0-9a-f])/gi, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
