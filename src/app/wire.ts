import { readFileSync } from 'node:fs';
import { compileCompanions } from '../campaign/companions.ts';
import { compileTouchContext } from '../campaign/context.ts';
import { withLinkParameter } from '../campaign/linker.ts';
import { compileRedirectPolicy } from '../campaign/redirect-policy.ts';
import { compileRoundTrips } from '../campaign/round-trip.ts';
import { captureProtocols } from '../capture/index.ts';
import { compileConsentPolicy } from '../consent/policy.ts';
import { compileSensitive } from '../consent/sensitive.ts';
import { withSite } from '../consent/source-config.ts';
import { compileCanonical } from '../edge/canonical.ts';
import { companionVendorsOf } from '../edge/companion-vendors.ts';
import { cookieDomainOf } from '../edge/cookies.ts';
import { compileLinker, type LinkMemory } from '../edge/linker.ts';
import { compileLossSite } from '../edge/loss-site.ts';
import type { SiteProxy } from '../edge/proxy.ts';
import { compileRewriting } from '../edge/rewrite/config.ts';
import type { CaptureRoute, ClientLookup, EdgeGeneration, EdgeSite } from '../edge/site.ts';
import { createGeo } from '../enrich/geo.ts';
import { createClientAddress } from '../enrich/ip.ts';
import { vendorsOf } from './needs.ts';
import { storagePolicyOf } from './plan.ts';
import type { Config, SiteConfig } from './schema.ts';

/** Everything the edge needs of a configuration. `proxyFor` hands out the upstreams' proxies, which outlive a reload. */
export function compileEdge(
  config: Config,
  proxyFor: (site: SiteConfig) => SiteProxy | null,
  links: LinkMemory,
): EdgeGeneration {
  const shared: SharedParts = {
    routes: compileRoutes(config),
    storagePolicy: storagePolicyOf(config),
  };
  const sites = new Map(
    Object.entries(config.sites).map(([name, site]) => {
      const own = compileSite(name, site, config, links);
      const isSensitive = compileSensitive(site.sensitive);
      const storagePolicy = { ...shared.storagePolicy, ...(isSensitive && { isSensitive }) };
      return [name, { ...shared, ...own, storagePolicy, proxy: proxyFor(site) }];
    }),
  );
  const byHost = new Map<string, EdgeSite>();
  for (const [name, { hosts }] of Object.entries(config.sites)) {
    const site = sites.get(name);
    if (site !== undefined) for (const host of hosts) byHost.set(host, site);
  }
  return { client: clientLookup(config), byHost, fallback: sites.get(config.edge.unknownHost) ?? null };
}

/** What every site has alike. */
type SharedParts = Pick<EdgeSite, 'routes' | 'storagePolicy'>;

function compileSite(
  name: string,
  site: SiteConfig,
  config: Config,
  links: LinkMemory,
): Omit<EdgeSite, keyof SharedParts | 'proxy'> {
  const ownHosts = new Set([...site.hosts, ...site.crossDomain]);
  const touchContext = compileTouchContext(config.campaign, ownHosts);
  const { isOwnHost } = touchContext;
  const cookieDomain = cookieDomainFor(site.cookieDomain);
  const linker = compileLinker(config.linker, { ownHosts, isOwnHost, cookieDomain }, links);
  const kept =
    linker === null ? touchContext.parameters : withLinkParameter(touchContext.parameters, linker.parameter);
  const redirectPolicy = compileRedirectPolicy(config.redirects, isOwnHost, kept);
  return {
    name,
    ownHosts,
    scriptPath: config.sdk.path,
    cookieName: config.visitor.cookie,
    cookieDomain,
    pageViews: site.pageViews,
    consentPolicy: compileConsentPolicy(withSite(config.consent, site.consent), [
      ...vendorsOf(config.destinations),
      ...companionVendorsOf(config.campaign.companionCookies),
    ]),
    touchContext,
    rewrite: compileRewriting(site.rewrite, linker),
    redirectPolicy,
    linker,
    roundTrips: compileRoundTrips(config.roundTrips, redirectPolicy, touchContext.isIgnoredReferrer),
    canonical: compileCanonical(site.canonical, { hosts: site.hosts, ...redirectPolicy }),
    losses:
      site.upstream === undefined
        ? null
        : compileLossSite(config.losses, { timezone: site.timezone, ...touchContext }),
    companions: compileCompanions(config.campaign.companionCookies),
  };
}

function compileRoutes({ capture }: Config): ReadonlyMap<string, CaptureRoute> {
  const routes = new Map<string, CaptureRoute>();
  for (const protocol of captureProtocols) {
    const entry = capture[protocol.name];
    if (entry === undefined || !entry.enabled) continue;
    for (const { path } of protocol.routes) {
      const methods = new Set<string>(
        protocol.routes.filter((route) => route.path === path).map(({ method }) => method),
      );
      routes.set(entry.prefix + path, { protocol, path, methods });
    }
  }
  return routes;
}

/** `auto`: the registrable domain of the host asked for; `host`: none; otherwise the domain, where it covers the host. */
export function cookieDomainFor(setting: string): (hostname: string) => string | undefined {
  if (setting === 'host') return () => undefined;
  const known = new Map<string, string | undefined>();
  return (hostname) => {
    if (!known.has(hostname) && known.size < 1000) known.set(hostname, domainOf(setting, hostname));
    return known.has(hostname) ? known.get(hostname) : domainOf(setting, hostname);
  };
}

function domainOf(setting: string, hostname: string): string | undefined {
  if (setting === 'auto') return cookieDomainOf(hostname);
  return hostname === setting || hostname.endsWith(`.${setting}`) ? setting : undefined;
}

function clientLookup({ edge, geo }: Config): ClientLookup {
  return {
    address: createClientAddress({ trustedProxies: edge.trustedProxies, header: edge.addressHeader }),
    addressHeader: edge.addressHeader,
    countryHeader: geo.header ?? null,
    geo: createGeo(geo.database === undefined ? null : readFileSync(geo.database), geo.overrides),
  };
}
