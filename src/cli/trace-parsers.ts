import { InvalidArgumentError } from 'commander';

/** Headers that frame the request itself, which is not the caller's to decide. */
const reserved: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'content-length',
    'expect',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
]);

/** Reads one `name: value` and adds it to those before. */
export function addHeader(
  line: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const value = line.slice(colon + 1).trim();
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new InvalidArgumentError('Write it as "name: value".');
  if (reserved.has(name)) throw new InvalidArgumentError(`${name} belongs to the connection; leave it out.`);
  return { ...earlier, [name]: value };
}

/** Makes a reader of numbers between two bounds. */
export function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`);
  };
}

/** Makes a reader of whole numbers between two bounds. */
export function wholeWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}

/** Reads an address of which only scheme, host and port count. */
export function gatewayAddress(text: string): URL {
  const url = URL.parse(text);
  const isPlain = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
  if (isPlain && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new InvalidArgumentError('Write the address of a gateway, such as http://127.0.0.1:8080.');
}

/** Adds one value of an option that may be repeated. */
export function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}
