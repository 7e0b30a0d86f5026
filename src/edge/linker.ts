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
import type { LinkUser, LinkUses } from './link-uses.ts';

/** Hands visitors and campaigns over to the hosts of one site that share no cookies with each other. */
export interface EdgeLinker {
  /** The query parameter that carries the hand-over. */
  readonly parameter: string;
  /** Where the SDK asks for one. */
  readonly path: string;
  /** What the SDK needs to know of it, as its script tag says it: the parameter, the path and the site's hosts. */
  readonly dataLink: string;
  /** The site's hosts to which a page of this host has to hand over, because they do not get its cookies. */
  targetsOf(hostname: string): ReadonlySet<string>;
  write(content: Omit<LinkContent, 'issuedAtMs'>, from: LinkSender): string;
  read(token: string, from: LinkSender): LinkContent | LinkRefusal | 'link_other_site';
  /** False: the token has come with another browser before. True: from now on it is this browser's. */
  mayUse(token: string, hostname: string, user: LinkUser): boolean;
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
  const targetsOf = (hostname: string): ReadonlySet<string> => {
    const own = domainOf(hostname);
    return new Set([...site.ownHosts].filter((host) => domainOf(host) !== own));
  };
  // Asked for by every page that is looked through; hosts that the site does not list are few.
  const targets = new Map([...site.ownHosts].map((host) => [host, targetsOf(host)]));
  return {
    parameter: config.parameter,
    path: config.path,
    dataLink: [config.parameter, config.path, ...site.ownHosts].join(' '),
    targetsOf: (hostname) => targets.get(hostname) ?? targetsOf(hostname),
    write: (content, from) =>
      writeLink({ ...content, issuedAtMs: from.nowMs }, bearerOf(from, rules), keys[0]),
    read(token, from) {
      const content = readLink(token, bearerOf(from, rules), { ...rules, nowMs: from.nowMs });
      return typeof content === 'string' || site.isOwnHost(content.host) ? content : 'link_other_site';
    },
    mayUse: (token, hostname, user) => memory.uses.mayUse(token, domainOf(hostname), user),
  };
}

function bearerOf({ userAgent, ip }: LinkSender, { binding }: Pick<LinkReader, 'binding'>): LinkBearer {
  return binding === 'browser' || ip === null ? { userAgent } : { userAgent, network: networkOf(ip) };
}
