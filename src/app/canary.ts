import { codes } from '../config/codes.ts';
import { createSender } from '../delivery/send.ts';
import type { Logger } from '../observe/logger.ts';
import { pendingOf, postAlerts } from './canary-alert.ts';
import type { CanaryConfig } from './canary-config.ts';
import { readCanaryState, writeCanaryState } from './canary-state.ts';
import { type CanaryAlert, judgeRun } from './canary-verdict.ts';
import type { Trace } from './trace.ts';
import { openWalker, type Walker } from './trace-walker.ts';

/** What one run found. */
export interface CanaryRun {
  readonly traces: readonly Trace[];
  /** What has changed since the last verdict; empty in most runs. */
  readonly alerts: readonly CanaryAlert[];
}

/** What a canary needs from outside. */
export interface CanaryTools {
  readonly stateFile: string;
  readonly log: Logger;
  readonly nowMs: () => number;
}

const concurrency = 2;
const hopTimeoutMs = 15_000;
const maxHops = 20;
const restMs = 2_000;
const maxPending = 100;

/**
 * Walks every page once, weighs what was found against the runs before, and tells what has changed: in the log, and to
 * the webhook. The problem in words where Chromium is asked for and cannot be had.
 */
export async function runCanary(
  config: CanaryConfig,
  tools: CanaryTools,
): Promise<CanaryRun | { readonly problem: string }> {
  const { device, consent, browser, allowPrivate, runsBeforeAlert } = config;
  const walker = await openWalker({
    engine: browser ? 'chromium' : 'http',
    policy: allowPrivate ? 'any' : 'public',
    ...{ device, maxHops, hopTimeoutMs, restMs, headers: {}, clicks: [], nowMs: tools.nowMs },
    ...(consent !== undefined && { consent }),
  });
  if ('problem' in walker) return walker;
  const traces = await walkAll(config.pages, walker).finally(() => walker.close());
  const before = readCanaryState(tools.stateFile);
  const { memory, alerts } = judgeRun(before.memory, traces, { runsBeforeAlert, nowMs: tools.nowMs() });
  for (const alert of alerts) logAlert(alert, tools.log);
  const pending = [...before.pending, ...alerts.map(pendingOf)].slice(-maxPending);
  // What is known is kept before anything is sent: a run that is cut off here tells nothing twice.
  writeCanaryState(tools.stateFile, { memory, pending: config.alert.webhook === undefined ? [] : pending });
  if (pending.length > 0 && config.alert.webhook !== undefined) {
    const kept = await post(pending, config, tools);
    writeCanaryState(tools.stateFile, { memory, pending: kept });
  }
  return { traces, alerts };
}

async function walkAll(pages: readonly string[], walker: Walker): Promise<readonly Trace[]> {
  const traces = new Map<number, Trace>();
  const waiting = pages.entries();
  const work = async (): Promise<void> => {
    for (const [index, page] of waiting) traces.set(index, await walker.walk(new URL(page)));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return pages.flatMap((_page, index) => traces.get(index) ?? []);
}

async function post(pending: Parameters<typeof postAlerts>[0], { alert }: CanaryConfig, tools: CanaryTools) {
  const sender = createSender(tools.nowMs);
  try {
    const { kept, problems } = await postAlerts(pending, alert, { sender, nowMs: tools.nowMs });
    for (const problem of problems)
      tools.log.warn(
        { code: codes.canary_undelivered.id, problem, kept: kept.length },
        'an alert was not taken',
      );
    return kept;
  } finally {
    await sender.close();
  }
}

function logAlert({ message, ...facts }: CanaryAlert, log: Logger): void {
  const isBad = facts.change === 'parameter_dies' || facts.change === 'page_unreachable';
  if (isBad) log.warn({ code: codes.canary_alert.id, ...facts }, message);
  else log.info(facts, message);
}
