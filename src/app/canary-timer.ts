import { dirname, join } from 'node:path';
import type { Logger } from '../observe/logger.ts';
import type { CanaryConfig } from './canary-config.ts';

/** What the timer asks of the gateway: what is in force now, and where its data is. */
export interface CanaryHost {
  canary(): CanaryConfig;
  readonly dataFile: string;
}

/**
 * Runs the canary while the gateway does, where the configuration in force names pages; what walks is loaded with the
 * first run, `lookMs` after the start. Returns what ends it; a run under way is left to its end, and nothing waits for it.
 */
export function startCanary(
  { canary, dataFile }: CanaryHost,
  log: Logger,
  { lookMs }: { readonly lookMs: number } = { lookMs: 30_000 },
): () => void {
  const stateFile = join(dirname(dataFile), 'canary.json');
  let dueAtMs = 0;
  let isRunning = false;
  const run = async (config: CanaryConfig): Promise<void> => {
    const { runCanary } = await import('./canary.ts');
    const result = await runCanary(config, { stateFile, log, nowMs: Date.now });
    if ('problem' in result) log.error({ problem: result.problem }, 'the canary has no browser to walk in');
  };
  const timer = setInterval(() => {
    const config = canary();
    if (config.pages.length === 0 || isRunning || Date.now() < dueAtMs) return;
    dueAtMs = Date.now() + config.everyMinutes * 60_000;
    isRunning = true;
    run(config)
      .catch((error: unknown) => log.error({ error: String(error) }, 'a canary run failed'))
      .finally(() => {
        isRunning = false;
      });
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
