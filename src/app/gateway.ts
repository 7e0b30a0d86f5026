import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname, resolve } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Storable } from '../contract/storable.ts';
import { createUpstreamWishes } from '../edge/canonical-redirects.ts';
import { createLinkUses } from '../edge/link-uses.ts';
import type { LinkMemory } from '../edge/linker.ts';
import { createParking } from '../edge/parking.ts';
import type { ProxyFailure, SiteProxy } from '../edge/proxy.ts';
import { createRepairGuard } from '../edge/redirects.ts';
import { createScript } from '../edge/script.ts';
import { createEdge } from '../edge/server.ts';
import { createWithdrawalBook } from '../edge/withdrawal-book.ts';
import { createClientDescriber } from '../enrich/client.ts';
import { loadedLean } from '../lean-start.ts';
import type { Logger } from '../observe/logger.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { createTally } from '../observe/tally.ts';
import { openLogFile } from '../store/log/file.ts';
import { createGroupCommitLog } from '../store/log/group-commit.ts';
import { logFolderOf } from '../store/log/segments.ts';
import type { Erased, Person } from '../store/ports.ts';
import { connect, type Remote } from '../store/sqlite/channel.ts';
import { lockStore } from '../store/sqlite/lock.ts';

import { createIdentityLock, createVisitorReader } from '../visitor/identity.ts';
import type { Loaded } from './load.ts';
import { openLog } from './log.ts';
import { startLosses } from './losses.ts';
import type { Config, SiteConfig } from './schema.ts';
import type { DeliveryCalls, StoreCalls, ThreadData } from './threads.ts';
import { compileEdge } from './wire.ts';

/** A running gateway. */
export interface Gateway {
  readonly edgePort: number;
  readonly dataFile: string;
  readonly store: Remote<StoreCalls>;
  readonly delivery: Remote<DeliveryCalls>;
  readonly metrics: Metrics;
  /** What is in force now. */
  loaded(): Loaded;
  /** Puts a checked configuration in force, without dropping a request. */
  reload(next: Loaded): Promise<void>;
  /** Erases events and visitors from every table and the log; see `StoreCalls.erase`. */
  erase(person: Person): Promise<Erased>;
  /** Stops taking requests, works through what was logged, delivers what is due, and closes. */
  stop(): Promise<void>;
}

/** What is worked through leaves the log after this long, with whatever was purged or erased from the store. */
const rotationMs = 20_000;
const drainMs = 10_000;
const tallyMs = 1_000;

/** Starts the threads and opens the public port. */
export async function startGateway(first: Loaded): Promise<Gateway> {
  let loaded = first;
  const log = openLog(first.config.log);
  const dataFile = resolve(first.config.store.path);
  mkdirSync(dirname(dataFile), { recursive: true });
  const unlock = lockStore(dataFile);
  const threads = await startThreads(first, dataFile, log);
  const logFile = await openDurableLog(dataFile, threads.store);
  const tally = createTally();
  const metrics = createMetrics();
  const proxies = createProxyPool((failure) => tally.add('edge', failure));
  await proxies.prepare(first.config);
  const links: LinkMemory = {
    ownSecret: randomBytes(32).toString('base64url'),
    uses: createLinkUses({ graceMs: 5_000, maxEntries: 50_000 }),
  };
  let generation = compileEdge(first.config, proxies.for, links);
  const readVisitor = createVisitorReader({ maxEntries: 10_000 });
  const describeClient = createClientDescriber({ maxEntries: 5_000 });
  const losses = startLosses({ store: threads.store, log, readVisitor, describeClient });
  const server = createEdge({
    generation: () => generation,
    script: createScript(readFileSync(new URL('../sdk/browser.min.js', import.meta.url), 'utf8')),
    nowMs: () => Date.now(),
    repairs: createRepairGuard({ windowMs: 10_000, maxEntries: 20_000 }),
    parking: createParking({ key: randomBytes(32), maxEntries: 20_000 }),
    wishes: createUpstreamWishes({ ttlMs: 600_000, maxEntries: 1_000 }),
    newId: () => randomBytes(16).toString('base64url'),
    losses: losses.observer,
    withdrawals: createWithdrawalBook(threads.store.withdraw, { maxEntries: 20_000 }),
    lock: createIdentityLock({ ttlMs: first.config.visitor.lockSeconds * 1000, maxEntries: 50_000 }),
    readVisitor,
    describeClient,
    log: createGroupCommitLog<Storable>(logFile.commit, {
      maxLines: 512,
      maxChars: 4 * 1024 * 1024,
      maxWaiting: first.config.limits.waitingEvents,
    }),
    limits: first.config.limits,
    logger: log,
    tally,
  });
  loadedLean();
  const edgePort = await listen(server, first.config.edge);
  const collectTallies = async (): Promise<void> => {
    metrics.add(tally.drain());
    metrics.add(await threads.store.tallies());
    metrics.add(await threads.delivery.tallies());
  };
  const timer = setInterval(() => void collectTallies().catch(() => undefined), tallyMs);
  const rotation = setInterval(() => {
    logFile
      .rotate()
      .catch((error: unknown) => log.error({ error: String(error) }, 'the log cannot begin a file'));
  }, rotationMs);
  return {
    edgePort,
    dataFile,
    store: threads.store,
    delivery: threads.delivery,
    metrics,
    loaded: () => loaded,
    async reload(next) {
      // The threads first: an event that the edge resolves by the new configuration meets the new pipeline.
      await Promise.all([threads.store.reload(next.plan), threads.delivery.reload(next.plan)]);
      await proxies.prepare(next.config);
      generation = compileEdge(next.config, proxies.for, links);
      loaded = next;
      await proxies.closeUnused(Object.values(next.config.sites));
    },
    async erase(person) {
      await logFile.rotate();
      return threads.store.erase(person);
    },
    async stop() {
      clearInterval(timer);
      clearInterval(rotation);
      await closeServer(server);
      await proxies.closeUnused([]);
      await logFile.close();
      await losses.stop();
      await threads.store.drain();
      await threads.delivery.drain(drainMs);
      await collectTallies().catch(() => undefined);
      await threads.stop();
      unlock();
    },
  };
}

const maxSegmentBytes = 32 * 1024 * 1024;
/** How long the store thread is left in peace between two words of new lines. */
const wordMs = 5;

/** A log file that tells the store thread of what it has got, and how hard pressed it is. */
async function openDurableLog(
  dataFile: string,
  store: Pick<Remote<StoreCalls>, 'lastOffset' | 'logged'>,
): Promise<DurableLog> {
  const firstOffset = (await store.lastOffset()) + 1;
  const file = openLogFile(logFolderOf(dataFile), { firstOffset, maxSegmentBytes });
  let isWordDue = false;
  let pressure = 1;
  const sendWord = (): void => {
    isWordDue = false;
    void store.logged(pressure).catch(() => undefined);
  };
  return {
    async commit(lines, appends) {
      pressure += (appends - pressure) / 16;
      await file.commit(lines);
      if (isWordDue) return;
      isWordDue = true;
      setTimeout(sendWord, wordMs);
    },
    rotate: file.rotate,
    close: file.close,
  };
}

interface DurableLog {
  commit(lines: readonly string[], appends: number): Promise<void>;
  rotate(): Promise<void>;
  close(): Promise<void>;
}

async function startThreads(first: Loaded, dataFile: string, log: Logger) {
  let isStopping = false;
  const { port1, port2 } = new MessageChannel();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const start = (name: string, link: ThreadData['link']): Worker => {
    const workerData: ThreadData = { plan: first.plan, dataFile, link };
    const worker = new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
      workerData,
      transferList: [link],
      execArgv: ['--import', new URL(`../lean-start.${extension}`, import.meta.url).href],
    });
    worker.on('error', (error) => log.error({ thread: name, error: String(error) }, 'a thread has failed'));
    return worker;
  };
  const storeThread = start('store-thread', port1);
  const deliveryThread = start('delivery-thread', port2);
  const store = connect<StoreCalls>(storeThread);
  const delivery = connect<DeliveryCalls>(deliveryThread);
  // The first answer means that a thread has loaded, opened its files and serves.
  await Promise.all([store.tallies(), delivery.breakers()]);
  for (const [name, thread] of [
    ['store', storeThread],
    ['delivery', deliveryThread],
  ] as const) {
    thread.on('exit', (code) => {
      if (code === 0 || isStopping) return;
      // Without its log the gateway would answer hits that it cannot keep: better gone, and restarted by its supervisor.
      log.error({ thread: name, code }, 'a thread ended; the gateway stops');
      process.exit(1);
    });
  }
  return {
    store,
    delivery,
    async stop() {
      isStopping = true;
      await store.close();
      await Promise.all([storeThread.terminate(), deliveryThread.terminate()]);
    },
  };
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(force);
}

/**
 * Proxies by upstream: a reload that does not change an upstream keeps its connections. The proxy's libraries are loaded
 * with the first upstream, because a collector has none and they cost some 13 MB.
 */
function createProxyPool(onFailure: (failure: ProxyFailure) => void) {
  const open = new Map<string, SiteProxy>();
  const keyOf = ({ upstream }: SiteConfig): string => JSON.stringify(upstream);
  return {
    async prepare({ sites }: Config): Promise<void> {
      for (const site of Object.values(sites)) {
        const { upstream } = site;
        if (upstream === undefined || open.has(keyOf(site))) continue;
        const { createProxy } = await import('../edge/proxy.ts');
        const settings = {
          url: new URL(upstream.url),
          keepHost: upstream.keepHost,
          timeoutMs: upstream.timeoutSeconds * 1000,
          connectTimeoutMs: upstream.connectTimeoutSeconds * 1000,
        };
        open.set(keyOf(site), createProxy(settings, onFailure));
      }
    },
    for: (site: SiteConfig): SiteProxy | null => open.get(keyOf(site)) ?? null,
    async closeUnused(sites: readonly SiteConfig[]): Promise<void> {
      const used = new Set(sites.map(keyOf));
      const unused = [...open].filter(([key]) => !used.has(key));
      for (const [key] of unused) open.delete(key);
      await Promise.all(unused.map(([, proxy]) => proxy.close()));
    },
  };
}
