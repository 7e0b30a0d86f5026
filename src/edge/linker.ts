import { LRUCache } from 'lru-cache';
import type { LinkContent } from '../campaign/link-content.ts';
import {
  type LinkBearer,
  type LinkReader,
  type LinkRefusal,
  linkKeyOf,
  readLink,
  writeLink,
} from '../campaign/link-token.ts';
import type { LinkerConfig } from '../campaign/linker.ts';
import { networkOf } from '../enrich/ip.ts';

/** Hands visitors and campaigns over to the hosts of one site that share no cookies with each other. */
export interface EdgeLinker {
  /** The query parameter that carries the hand-over. */
  readonly parameter: string;
  /** Where the SDK asks for one. */
  readonly path: string;
  /** The site's hosts to which a page of this host has to hand over, because they do not get its cookies. */
  targetsOf(hostname: string): ReadonlySet<string>;
  write(content: Omit<LinkContent, 'issuedAtMs'>, from: LinkSender): string;
  read(token: string, from: LinkSender): LinkContent | LinkRefusal | 'link_other_site';
  /** False: the token has named its visitor to another browser before. True: from now on it is this browser's. */
  mayUse(token: string, hostname: string, from: LinkSender): boolean;
}

/** The browser that asks for a token or brings one, and when. */
export interface LinkSender {
  readonly nowMs: number;
  readonly userAgent: string;
  readonly language: string;
  readonly ip: string | null;
}

/** What outlives a reload of the configuration. */
export interface LinkMemory {
  /** Signs where the configuration has no secret. */
  readonly ownSecret: string;
  readonly uses: LinkUses;
}

/** Remembers which browser a token has named its visitor to. */
export interface LinkUses {
  mayUse(token: string, domain: string, from: LinkSender): boolean;
}

/** What a linker needs to know of its site. */
interface LinkedSite {
  readonly ownHosts: ReadonlySet<string>;
  readonly isOwnHost: (host: string) => boolean;
  readonly cookieDomain: (hostname: string) => string | undefined;
}

/** Compiles one site's linker; null where it is off or all hosts of the site share their cookies. */
export function compileLinker(config: LinkerConfig, site: LinkedSite, memory: LinkMemory): EdgeLinker | null {
  const domainOf = (hostname: string): string => site.cookieDomain(hostname) ?? hostname;
  if (!config.enabled || new Set([...site.ownHosts].map(domainOf)).size < 2) return null;
  const keys = [
    linkKeyOf(config.secret?.reveal() ?? memory.ownSecret),
    ...(config.previousSecret === undefined ? [] : [linkKeyOf(config.previousSecret.reveal())]),
  ] as const;
  const rules: Omit<LinkReader, 'nowMs'> = {
    keys,
    seconds: config.seconds,
    binding: config.bindNetwork ? 'browser_and_network' : 'browser',
  };
  return {
    parameter: config.parameter,
    path: config.path,
    targetsOf(hostname) {
      const own = domainOf(hostname);
      return new Set([...site.ownHosts].filter((host) => domainOf(host) !== own));
    },
    write: (content, from) =>
      writeLink({ ...content, issuedAtMs: from.nowMs }, bearerOf(from, rules), keys[0]),
    read(token, from) {
      const content = readLink(token, bearerOf(from, rules), { ...rules, nowMs: from.nowMs });
      return typeof content === 'string' || site.isOwnHost(content.host) ? content : 'link_other_site';
    },
    mayUse: (token, hostname, from) => memory.uses.mayUse(token, domainOf(hostname), from),
  };
}

function bearerOf({ userAgent, ip }: LinkSender, { binding }: Pick<LinkReader, 'binding'>): LinkBearer {
  return binding === 'browser' || ip === null ? { userAgent } : { userAgent, network: networkOf(ip) };
}

interface Use {
  readonly browser: string;
  /** When each cookie domain first saw the token, UTC milliseconds. */
  readonly sinceMs: Map<string, number>;
}

const maxBrowserChars = 512;
/** More domains than any journey has. */
const maxDomains = 32;
/** The seal at a token's end is its own. */
const sealChars = 22;

/**
 * A browser that was handed a visitor has the cookie from then on. Only its requests that leave together do not have it yet,
 * so a token counts for `graceMs` on the same domain, and only for the address, language and user agent that brought it first.
 */
export function createLinkUses(bounds: { readonly graceMs: number; readonly maxEntries: number }): LinkUses {
  const uses = new LRUCache<string, Use>({ max: bounds.maxEntries });
  return {
    mayUse(token, domain, { nowMs, userAgent, language, ip }) {
      // Copies: what was cut out of a header keeps the whole header in memory.
      const key = Buffer.from(token.slice(-sealChars)).toString();
      const browser = Buffer.from(`${ip}|${language}|${userAgent}`.slice(0, maxBrowserChars)).toString();
      const use = uses.get(key);
      if (use === undefined) {
        uses.set(key, { browser, sinceMs: new Map([[domain, nowMs]]) });
        return true;
      }
      if (use.browser !== browser) return false;
      const since = use.sinceMs.get(domain);
      if (since !== undefined) return nowMs - since <= bounds.graceMs;
      use.sinceMs.set(domain, nowMs);
      return use.sinceMs.size <= maxDomains;
    },
  };
}
