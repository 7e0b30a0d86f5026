import type { Reject } from '../../model/hit.ts';
import { maxParameters } from './limits.ts';

/** Query or form parameters by name; the last of a repeated name. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Reads URL-encoded text on top of the parameters that it shares with others, or says that there are too many.
 * Malformed escapes become U+FFFD, as everywhere on the web (WHATWG URL, section 5.1).
 */
export function readParameters(raw: string, at: string, shared?: Parameters): Parameters | Reject {
  const count = countParameters(raw) + (shared?.size ?? 0);
  if (count > maxParameters) {
    const message = `${count} parameters; at most ${maxParameters} are allowed`;
    return { reason: 'refused_too_many', at, message };
  }
  const parameters = new Map(shared);
  for (const [name, value] of new URLSearchParams(raw)) parameters.set(name, value);
  return parameters;
}

function countParameters(raw: string): number {
  if (raw === '') return 0;
  let count = 1;
  for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', at + 1)) count += 1;
  return count;
}
