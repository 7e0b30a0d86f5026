import { LRUCache } from 'lru-cache';

/** Who comes with a token, as far as consent lets us look. */
export interface LinkUser {
  readonly nowMs: number;
  /** Address, language and user agent; absent without analytics_storage. */
  readonly browser?: string;
  /** The page load, as a tracker names it: random, kept in page memory only, so that it is known without consent too. */
  readonly load?: { readonly protocol: string; readonly id: string };
}

/** Remembers which browser a token has come with. */
export interface LinkUses {
  /** False: somebody else has come with it. `domain`: the one whose cookie keeps the visitor. */
  mayUse(token: string, domain: string, user: LinkUser): boolean;
}

interface Use {
  browser: string | undefined;
  /** By capture protocol: each tracker of a page counts page loads in a way of its own. */
  readonly loads: Map<string, string>;
  /** When each cookie domain first saw the token, UTC milliseconds. */
  readonly sinceMs: Map<string, number>;
}

const maxTextChars = 512;
/** More domains than any journey has. */
const maxDomains = 32;
/** The seal at a token's end is its own. */
const sealChars = 22;

/**
 * A browser that was handed a visitor has the cookie from then on. Only its requests that leave together do not have it yet,
 * so a token counts for `graceMs` on the same domain, and only for the address, language and user agent that brought it
 * first. Before the choice there is neither; the page load that brought it first keeps it until then, and nobody else gets
 * it.
 */
export function createLinkUses(bounds: { readonly graceMs: number; readonly maxEntries: number }): LinkUses {
  const uses = new LRUCache<string, Use>({ max: bounds.maxEntries });
  return {
    mayUse(token, domain, user) {
      const key = ownCopy(token.slice(-sealChars));
      const use = uses.get(key);
      if (use === undefined) {
        if (user.browser !== undefined || user.load !== undefined) uses.set(key, firstUse(domain, user));
        return true;
      }
      const { browser, load } = user;
      const known = load === undefined ? undefined : use.loads.get(load.protocol);
      if (known === undefined ? !isTogether(use, domain, user) : known !== load?.id) return false;
      use.browser ??= browser === undefined ? undefined : ownCopy(browser);
      if (load !== undefined && known === undefined) use.loads.set(load.protocol, ownCopy(load.id));
      return true;
    },
  };

  function isTogether(use: Use, domain: string, { nowMs, browser }: LinkUser): boolean {
    if (use.browser !== browser?.slice(0, maxTextChars)) return false;
    const since = use.sinceMs.get(domain);
    if (since !== undefined) return nowMs - since <= bounds.graceMs;
    use.sinceMs.set(domain, nowMs);
    return use.sinceMs.size <= maxDomains;
  }
}

function firstUse(domain: string, { nowMs, browser, load }: LinkUser): Use {
  return {
    browser: browser === undefined ? undefined : ownCopy(browser),
    loads: new Map(load === undefined ? [] : [[load.protocol, ownCopy(load.id)]]),
    sinceMs: new Map([[domain, nowMs]]),
  };
}

/** What was cut out of a header or a body keeps the whole of it in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text.slice(0, maxTextChars)).toString();
}
