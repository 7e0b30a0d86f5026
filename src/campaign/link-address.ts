import { isLinkToken } from './link-token.ts';

/** An address without its hand-over, and the token that was in it. */
export interface TakenLink {
  readonly address: string;
  /** The last one, where there are several. */
  readonly token: string;
}

/** Addresses are cut to far less before they come here; a longer one is nobody's link. */
const maxAddressChars = 65_536;

/**
 * Takes the hand-over out of an address's query: every pair of that name whose value has a token's form, with one of its
 * separators. Every other byte stays. Null: there is none. A pair of that name with another value is the site's own.
 */
export function takeLink(address: string, parameter: string): TakenLink | null {
  if (address.length > maxAddressChars || !address.includes(`${parameter}=1.`)) return null;
  const question = address.indexOf('?');
  if (question < 0) return null;
  const hash = address.indexOf('#');
  const end = hash < 0 ? address.length : hash;
  if (question > end) return null;
  let token: string | undefined;
  const kept = address
    .slice(question + 1, end)
    .split('&')
    .filter((pair) => {
      const found = tokenIn(pair, parameter);
      token = found ?? token;
      return found === undefined;
    });
  if (token === undefined) return null;
  const query = kept.length === 0 ? '' : `?${kept.join('&')}`;
  return { address: address.slice(0, question) + query + address.slice(end), token };
}

/** The address with more parameters at the end of its query. */
export function withParameters(
  address: string,
  parameters: readonly (readonly [name: string, value: string])[],
): string {
  if (parameters.length === 0) return address;
  const hash = address.indexOf('#');
  const end = hash < 0 ? address.length : hash;
  const question = address.indexOf('?');
  const separator = question < 0 || question > end ? '?' : '&';
  const pairs = parameters.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return address.slice(0, end) + separator + pairs.join('&') + address.slice(end);
}

function tokenIn(pair: string, parameter: string): string | undefined {
  if (!pair.startsWith(`${parameter}=`)) return undefined;
  const value = pair.slice(parameter.length + 1);
  return isLinkToken(value) ? value : undefined;
}
