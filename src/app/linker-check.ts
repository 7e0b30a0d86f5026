import type { Config, SiteConfig } from './schema.ts';
import { cookieDomainFor } from './wire.ts';

/** A row of `check`: the linker never stops a start. */
export interface LinkerRow {
  readonly state: 'ok' | 'look';
  readonly what: 'linker';
  readonly found: string;
}

/** What `check` says of the linker; null where no site needs one. */
export function linkerRow({ linker, sites }: Config): LinkerRow | null {
  const journeys = Object.values(sites).filter(isDivided);
  if (journeys.length === 0) return null;
  const what = 'linker';
  if (!linker.enabled) return { state: 'ok', what, found: 'switched off' };
  if (linker.secret !== undefined)
    return { state: 'ok', what, found: 'hand-overs are signed with linker.secret' };
  const answered = new Set(Object.values(sites).flatMap(({ hosts }) => hosts));
  const elsewhere = journeys.flatMap(({ crossDomain }) => crossDomain).find((host) => !answered.has(host));
  if (elsewhere === undefined)
    return { state: 'ok', what, found: 'hand-overs are signed with a secret of this process' };
  const found =
    `no site here answers ${elsewhere}; if another gateway does, it refuses hand-overs of this one ` +
    'until both have the same linker.secret';
  return { state: 'look', what, found };
}

/** Some of the site's hosts do not get the cookies of others. */
function isDivided({ hosts, crossDomain, cookieDomain }: SiteConfig): boolean {
  const domainOf = cookieDomainFor(cookieDomain);
  return new Set([...hosts, ...crossDomain].map((host) => domainOf(host) ?? host)).size > 1;
}
