import { hash } from 'node:crypto';
import type { Sender } from '../delivery/send.ts';
import { signWebhook } from '../destinations/webhook.ts';
import type { CanaryConfig } from './canary-config.ts';
import type { PendingAlert } from './canary-state.ts';
import type { CanaryAlert } from './canary-verdict.ts';

const timeoutMs = 15_000;

/** The alert as it is posted; its id is the same however often that is tried. */
export function pendingOf(alert: CanaryAlert): PendingAlert {
  const { change, atMs, lastGoodAtMs, ...facts } = alert;
  const key = [alert.page, alert.parameter ?? '', change, atMs].join(' ');
  return {
    id: `canary_${hash('sha256', key, 'hex').slice(0, 32)}`,
    type: `canary.${change}`,
    atMs,
    data: {
      ...facts,
      ...(lastGoodAtMs !== undefined && { lastGoodAt: new Date(lastGoodAtMs).toISOString() }),
    },
  };
}

/** How posting went: what is to be tried again, and what was wrong, if anything. */
export interface Posted {
  readonly kept: readonly PendingAlert[];
  readonly problems: readonly string[];
}

/**
 * Posts alerts in their order. The first one that gets no answer, or one that asks to try again, is kept with all after
 * it; one that is refused for good is not tried again.
 */
export async function postAlerts(
  alerts: readonly PendingAlert[],
  { webhook, secret, allowPrivate }: CanaryConfig['alert'],
  { sender, nowMs }: { readonly sender: Sender; readonly nowMs: () => number },
): Promise<Posted> {
  if (webhook === undefined) return { kept: [], problems: [] };
  const problems: string[] = [];
  for (const [index, { id, type, atMs, data }] of alerts.entries()) {
    const body = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data });
    const timestamp = String(Math.floor(nowMs() / 1000));
    const answer = await sender.send({
      kind: 'http',
      method: 'POST',
      url: webhook,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(secret && { 'webhook-signature': signWebhook(secret, `${id}.${timestamp}.${body}`) }),
      },
      body,
      secrets: [],
      allowPrivate,
      timeoutMs,
    });
    if (answer.kind === 'failed')
      return { kept: alerts.slice(index), problems: [...problems, answer.message] };
    const { status } = answer;
    if (status >= 200 && status < 300) continue;
    problems.push(`HTTP ${status}`);
    if (status >= 500 || status === 408 || status === 429) return { kept: alerts.slice(index), problems };
  }
  return { kept: [], problems };
}
