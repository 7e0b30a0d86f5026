import { randomBytes } from 'node:crypto';
import { createLossObserver, type LossObserver, type LossTools } from '../edge/loss.ts';
import { createLossLedger } from '../edge/loss-ledger.ts';
import type { Logger } from '../observe/logger.ts';
import type { Remote } from '../store/sqlite/channel.ts';
import type { StoreCalls } from './threads.ts';

/** How long counts wait in memory, at most; a killed process loses these. */
const flushMs = 2_000;
/** Keys of browsers that are followed at once, some 1 KB each. */
const maxKeys = 4_000;

/** Follows losses on this thread and hands the counts to the store's now and then. */
export function startLosses({
  store,
  log,
  ...tools
}: Pick<LossTools, 'readVisitor' | 'describeClient'> & {
  readonly store: Pick<Remote<StoreCalls>, 'countLosses'>;
  readonly log: Logger;
}): { readonly observer: LossObserver; stop(): Promise<void> } {
  const ledger = createLossLedger();
  const secret = randomBytes(32).toString('base64url');
  const observer = createLossObserver({
    ...tools,
    nowMs: () => Date.now(),
    secret,
    maxKeys,
    ledger,
    logger: log,
  });
  const flush = async (): Promise<void> => {
    const counts = ledger.drain();
    if (counts.length === 0) return;
    try {
      await store.countLosses(counts);
    } catch (error) {
      ledger.restore(counts);
      log.warn({ error: String(error) }, 'loss counts were not stored; they will be tried again');
    }
  };
  const timer = setInterval(() => {
    observer.forgetOld();
    void flush();
  }, flushMs);
  return {
    observer,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
