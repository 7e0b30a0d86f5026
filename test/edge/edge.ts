import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { lossConfigSchema } from '../../src/campaign/loss-config.ts';
import { clickIdParameters } from '../../src/campaign/parameters.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';
import { compileRoundTrips } from '../../src/campaign/round-trip.ts';
import { roundTripsConfigSchema } from '../../src/campaign/round-trip-config.ts';
import { captureProtocols } from '../../src/capture/index.ts';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { type LogRecord, parseLogLine, type Storable } from '../../src/contract/storable.ts';
import { createUpstreamWishes } from '../../src/edge/canonical-redirects.ts';
import { cookieDomainOf } from '../../src/edge/cookies.ts';
import { type LimitsConfig, limitsConfigSchema } from '../../src/edge/limits.ts';
import { createLossObserver } from '../../src/edge/loss.ts';
import { createLossLedger } from '../../src/edge/loss-ledger.ts';
import { compileLossSite } from '../../src/edge/loss-site.ts';
import { createParking } from '../../src/edge/parking.ts';
import { createProxy, type UpstreamSettings } from '../../src/edge/proxy.ts';
import { createRepairGuard } from '../../src/edge/redirects.ts';
import { createScript } from '../../src/edge/script.ts';
import { createEdge } from '../../src/edge/server.ts';
import type { CaptureRoute, ClientLookup, EdgeGeneration, EdgeSite } from '../../src/edge/site.ts';
import { createWithdrawalBook } from '../../src/edge/withdrawal-book.ts';
import { createClientDescriber } from '../../src/enrich/client.ts';
import { createGeo } from '../../src/enrich/geo.ts';
import { createClientAddress } from '../../src/enrich/ip.ts';
import type { LossCount } from '../../src/model/loss.ts';
import type { Withdrawal } from '../../src/model/withdrawal.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { type Count, createTally } from '../../src/observe/tally.ts';
import type { Log } from '../../src/store/ports.ts';
import { createIdentityLock, createVisitorReader } from '../../src/visitor/identity.ts';

/** A log in memory whose appends can be made to wait or to fail. */
export interface MemoryLog extends Log<Storable> {
  readonly lines: string[];
  readonly records: () => readonly LogRecord[];
  /** Appends called so far, stored or not. */
  readonly appends: () => number;
  /** From now on every append rejects. */
  fail(): void;
  /** From now on appends wait until the returned function is called. */
  hold(): () => void;
}

/** An empty log. */
export function createMemoryLog(): MemoryLog {
  const lines: string[] = [];
  let appends = 0;
  let failure: Error | null = null;
  let gate: Promise<void> = Promise.resolve();
  return {
    lines,
    records: () => lines.map(parseLogLine),
    appends: () => appends,
    fail() {
      failure = new Error('the disk is full');
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async append(entries) {
      appends += 1;
      await gate;
      if (failure !== null) throw failure;
      lines.push(...entries.map(({ line }) => line));
    },
  };
}

/** Where the capture protocols answer in these tests: ours under /t, the others at the root. */
export const routes: ReadonlyMap<string, CaptureRoute> = new Map(
  captureProtocols.flatMap((protocol) =>
    protocol.routes.map(({ path }) => {
      const methods = new Set<string>(
        protocol.routes.filter((route) => route.path === path).map(({ method }) => method),
      );
      return [(protocol.name === 'throughline' ? '/t' : '') + path, { protocol, path, methods }] as const;
    }),
  ),
);

const ownHosts = new Set(['shop.example', 'www.shop.example', '127.0.0.1']);

const touchContext = compileTouchContext(campaignConfigSchema.parse({}), ownHosts);
/** What the test shop's redirects may be given back. */
export const redirectPolicy = compileRedirectPolicy(redirectPolicyConfigSchema.parse({}), (host) =>
  ownHosts.has(host),
);

/** A shop that is a collector only, with everything at its default. */
export function siteOf(given: Partial<EdgeSite> = {}): EdgeSite {
  return {
    name: 'shop',
    ownHosts,
    proxy: null,
    routes,
    scriptPath: '/t/s.js',
    cookieName: 'tl_visitor',
    cookieDomain: cookieDomainOf,
    pageViews: 'script',
    consentPolicy: compileConsentPolicy(consentConfigSchema.parse({})),
    rewrite: null,
    linker: null,
    touchContext,
    redirectPolicy,
    roundTrips: compileRoundTrips(
      roundTripsConfigSchema.parse({}),
      redirectPolicy,
      touchContext.isIgnoredReferrer,
    ),
    canonical: null,
    losses: compileLossSite(lossConfigSchema.parse({}), { timezone: 'UTC', ...touchContext }),
    companions: null,
    storagePolicy: {
      keepIp: true,
      plainParameters: new Set(['utm_source', 'utm_medium', 'utm_campaign']),
      clickIdParameters,
    },
    ...given,
  };
}

/** Who is believed about a client: by default nobody. */
export function clientOf(given: {
  readonly trustedProxies?: readonly string[];
  readonly header?: string;
  readonly countryHeader?: string;
}): ClientLookup {
  const { trustedProxies = [], header = 'x-forwarded-for', countryHeader = null } = given;
  return {
    address: createClientAddress({ trustedProxies, header }),
    addressHeader: header,
    countryHeader,
    geo: createGeo(null, [{ network: '203.0.113.0/24', country: 'DE' }]),
  };
}

export interface EdgeOptions {
  /** Stands in for the store. */
  readonly saveChoices?: (choices: readonly Withdrawal[]) => Promise<void>;
  readonly sites?: Readonly<Record<string, EdgeSite>>;
  readonly fallback?: EdgeSite;
  readonly client?: ClientLookup;
  readonly limits?: Partial<LimitsConfig>;
  readonly log?: MemoryLog;
}

export interface RunningEdge {
  readonly port: number;
  readonly server: Server;
  readonly log: MemoryLog;
  /** What the edge wrote to its own log. */
  readonly logged: string[];
  readonly clock: { nowMs: number };
  /** Everything counted so far, by `stop reason`. */
  counts(): Readonly<Record<string, number>>;
  /** What was lost since this was last asked. */
  losses(): readonly LossCount[];
  /** The withdrawals that were written down. */
  readonly choices: readonly Withdrawal[];
  reload(sites: Readonly<Record<string, EdgeSite>>): void;
}

/** 2026-11-23T12:00:00Z */
export const startMs = 1_795_435_200_000;

/** Starts an edge on a free port; it is closed with the test. */
export async function startEdge(options: EdgeOptions = {}): Promise<RunningEdge> {
  const {
    sites = { 'shop.example': siteOf() },
    fallback = null,
    client = clientOf({}),
    log = createMemoryLog(),
  } = options;
  const generationOf = (by: Readonly<Record<string, EdgeSite>>): EdgeGeneration => ({
    client,
    byHost: new Map(Object.entries(by)),
    fallback,
  });
  let generation = generationOf(sites);
  const logged: string[] = [];
  const tally = createTally();
  const counted: Count[] = [];
  const clock = { nowMs: startMs };
  const choices: Withdrawal[] = [];
  const readVisitor = createVisitorReader({ maxEntries: 100 });
  const describeClient = createClientDescriber({ maxEntries: 100 });
  const ledger = createLossLedger();
  const logger = createLogger('debug', 'json', {
    write: (line) => void logged.push(line),
    nowMs: () => clock.nowMs,
  });
  const server = createEdge({
    generation: () => generation,
    script: createScript('console.log("throughline");'.repeat(50)),
    nowMs: () => clock.nowMs,
    newId: () => randomBytes(16).toString('base64url'),
    parking: createParking({ key: randomBytes(32), maxEntries: 100 }),
    wishes: createUpstreamWishes({ ttlMs: 600_000, maxEntries: 100 }),
    repairs: createRepairGuard({ windowMs: 10_000, maxEntries: 100 }),
    lock: createIdentityLock({ ttlMs: 5_000, maxEntries: 1_000 }),
    readVisitor,
    describeClient,
    losses: createLossObserver({
      nowMs: () => clock.nowMs,
      secret: 'of a test',
      maxKeys: 100,
      ledger,
      readVisitor,
      describeClient,
      logger,
    }),
    log,
    limits: { ...limitsConfigSchema.parse({}), ...options.limits },
    logger,
    tally,
    withdrawals: createWithdrawalBook(options.saveChoices ?? (async (all) => void choices.push(...all)), {
      maxEntries: 100,
    }),
  });
  const port = await listen(server);
  return {
    port,
    server,
    log,
    logged,
    clock,
    counts() {
      counted.push(...tally.drain());
      const totals: Record<string, number> = {};
      for (const { stop, reason, n } of counted)
        totals[`${stop} ${reason}`] = (totals[`${stop} ${reason}`] ?? 0) + n;
      return totals;
    },
    losses: ledger.drain,
    choices,
    reload(next) {
      generation = generationOf(next);
    },
  };
}

/** Starts a server on a free loopback port; it is closed with the test. */
export async function listen(server: Server): Promise<number> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => connections.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of connections) socket.destroy();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** An upstream of real HTTP, and how many connections were made to it. */
export async function startUpstream(handler: RequestListener): Promise<{
  readonly url: URL;
  readonly server: Server;
  readonly connections: () => number;
}> {
  const server = createServer(handler);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server);
  return { url: new URL(`http://127.0.0.1:${port}`), server, connections: () => connections };
}

/** An edge whose shop lies behind it, and what the proxy counted as failures. */
export async function startProxy(
  url: URL,
  given: EdgeOptions & {
    readonly upstream?: Partial<UpstreamSettings>;
    readonly site?: Partial<EdgeSite>;
    readonly isFallback?: true;
  } = {},
): Promise<RunningEdge & { readonly failures: string[] }> {
  const failures: string[] = [];
  const upstream = { url, keepHost: false, timeoutMs: 5_000, connectTimeoutMs: 2_000, ...given.upstream };
  const proxy = createProxy(upstream, (failure) => failures.push(failure));
  onTestFinished(() => proxy.close());
  const shop = siteOf({ proxy, ...given.site });
  const edge = await startEdge({
    ...given,
    sites: { 'shop.example': shop },
    ...(given.isFallback && { fallback: shop }),
  });
  return { ...edge, failures };
}
