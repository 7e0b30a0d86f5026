import { compileParameters } from '../campaign/parameters.ts';
import { valueAt } from '../config/known.ts';
import type { ConsentNeeds } from '../contract/permit.ts';
import type { StoragePolicy } from '../contract/storable.ts';
import type { RetryConfig } from '../delivery/retry.ts';
import type { SessionConfig } from '../session/definition.ts';
import { needsOf } from './needs.ts';
import type { Config } from './schema.ts';
import type { RuleSource, Snapshot } from './snapshot.ts';

/** One destination as the threads bind it. */
export interface DestinationPlan {
  readonly key: string;
  readonly type: string;
  readonly isEnabled: boolean;
  readonly needs: ConsentNeeds;
  readonly whenUndecided: 'hold' | 'drop' | 'reduced';
  /** As written, references filled in. Crosses threads in memory only. */
  readonly settings: unknown;
}

/**
 * What the store and delivery threads need of a checked configuration: plain data, so that they load neither the YAML
 * reader nor the configuration's schema. That keeps each thread some 20 MB smaller.
 */
export interface ThreadPlan {
  readonly version: string;
  readonly destinations: readonly DestinationPlan[];
  readonly rules: readonly RuleSource[];
  readonly sessions: SessionConfig;
  readonly policy: StoragePolicy;
  readonly holdMs: number;
  readonly retentionMs: number;
  readonly retry: RetryConfig;
  readonly log: Config['log'];
}

/** What may be stored under this configuration. */
export function storagePolicyOf({ privacy, campaign }: Config): StoragePolicy {
  const { idNames, plainNames } = compileParameters(campaign.parameters);
  return { keepIp: privacy.keepIp, plainParameters: plainNames, clickIdParameters: idNames };
}

/** The threads' part of a configuration. `input` is what the schema took in. */
export function planThreads(config: Config, input: unknown, snapshot: Snapshot): ThreadPlan {
  return {
    version: snapshot.hash,
    destinations: Object.entries(config.destinations).map(([key, entry]) => ({
      key,
      type: entry.type,
      isEnabled: entry.enabled,
      needs: needsOf(entry),
      whenUndecided: entry.whenUndecided,
      settings: valueAt(input, ['destinations', key, 'settings']),
    })),
    rules: snapshot.rules,
    sessions: config.sessions,
    policy: storagePolicyOf(config),
    holdMs: config.store.holdMinutes * 60_000,
    retentionMs: config.store.retentionDays * 86_400_000,
    retry: config.delivery,
    log: config.log,
  };
}
