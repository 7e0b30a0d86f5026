import type { CompanionPolicy } from '../campaign/companions.ts';
import type { TouchContext } from '../campaign/context.ts';
import type { RedirectPolicy } from '../campaign/redirect-policy.ts';
import type { RoundTripPolicy } from '../campaign/round-trip.ts';
import type { ConsentPolicy } from '../consent/policy.ts';
import type { CaptureProtocol } from '../contract/protocol.ts';
import type { StoragePolicy } from '../contract/storable.ts';
import type { Geo } from '../enrich/geo.ts';
import type { ClientAddress } from '../enrich/ip.ts';
import type { CanonicalPolicy } from './canonical.ts';
import type { EdgeLinker } from './linker.ts';
import type { LossSite } from './loss-site.ts';
import type { SiteProxy } from './proxy.ts';
import type { PageRewriting } from './rewrite/config.ts';

/** A capture path of one site: which protocol answers it, and with which methods. */
export interface CaptureRoute {
  readonly protocol: CaptureProtocol;
  /** The path as the protocol names it, without the site's prefix. */
  readonly path: string;
  readonly methods: ReadonlySet<string>;
}

/** Everything the edge needs to know of one site, compiled once from the configuration. */
export interface EdgeSite {
  readonly name: string;
  /** The site's own and cross-domain host names: CORS, self-referral. */
  readonly ownHosts: ReadonlySet<string>;
  /** Null: this site is a collector only. */
  readonly proxy: SiteProxy | null;
  /** By public path. */
  readonly routes: ReadonlyMap<string, CaptureRoute>;
  /** Where the browser SDK is served; null: nowhere. */
  readonly scriptPath: string | null;
  readonly cookieName: string;
  /** The domain for cookies by host name; undefined: host-only. */
  readonly cookieDomain: (hostname: string) => string | undefined;
  /** `gateway`: a proxied HTML navigation emits `page_view` itself. */
  readonly pageViews: 'script' | 'gateway';
  readonly consentPolicy: ConsentPolicy;
  readonly touchContext: TouchContext;
  readonly storagePolicy: StoragePolicy;
  readonly redirectPolicy: RedirectPolicy;
  /** What is done to proxied pages; null: they pass as they are. */
  readonly rewrite: PageRewriting | null;
  /** Null: nothing is handed over, because it is off or all hosts share their cookies. */
  readonly linker: EdgeLinker | null;
  /** Null: parameters are not parked. */
  readonly roundTrips: RoundTripPolicy | null;
  /** Null: the gateway makes no redirects of its own. */
  readonly canonical: CanonicalPolicy | null;
  /** Null: where parameters are lost is not followed. */
  readonly losses: LossSite | null;
  /** Vendors' cookies that are set and kept alive; null: none. */
  readonly companions: CompanionPolicy | null;
}

/** How the edge learns who and where the client is. */
export interface ClientLookup {
  readonly address: (peer: string, headers: Readonly<Record<string, string>>) => ClientAddress;
  /** Lower case. */
  readonly addressHeader: string;
  /** The header in which a trusted proxy states the country; null: none is believed. */
  readonly countryHeader: string | null;
  readonly geo: Geo;
}

/** One valid configuration as the edge uses it. A reload swaps the whole between two requests. */
export interface EdgeGeneration {
  readonly client: ClientLookup;
  readonly byHost: ReadonlyMap<string, EdgeSite>;
  /** Answers hosts that no site lists; null: they get 421. */
  readonly fallback: EdgeSite | null;
}

/** The site that answers a host name (lower case, no port). */
export function siteOf(generation: EdgeGeneration, hostname: string): EdgeSite | null {
  return generation.byHost.get(hostname) ?? generation.fallback;
}
