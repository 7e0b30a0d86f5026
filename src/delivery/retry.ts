import { z } from 'zod';

/** When and how long delivery tries again. */
export const retryConfigSchema = z.strictObject({
  firstSeconds: z
    .number()
    .min(0.01)
    .max(3600)
    .default(2)
    .describe('Longest wait before the second try; it doubles with each further one. Default 2.'),
  longestSeconds: z
    .number()
    .min(1)
    .max(86_400)
    .default(3600)
    .describe('Longest wait between two tries. Default 3600.'),
  giveUpHours: z
    .number()
    .min(0.001)
    .max(24 * 30)
    .default(48)
    .describe('After this many hours in the queue a payload becomes a dead letter. Default 48.'),
});

export type RetryConfig = z.infer<typeof retryConfigSchema>;

/** When to try again, or that there is no point any more. */
export type NextTry = { readonly kind: 'retry'; readonly dueAtMs: number } | { readonly kind: 'give_up' };

/**
 * Exponential backoff with full jitter: a wait drawn evenly from 0 to min(longest, first * 2^(tries-1)), never shorter
 * than what the platform asked for. `tries` counts the one that just failed; `random` is in [0, 1).
 */
export function nextTry(
  item: { readonly tries: number; readonly createdAtMs: number; readonly askedMs: number | undefined },
  config: RetryConfig,
  nowMs: number,
  random: number,
): NextTry {
  const cap = Math.min(
    config.longestSeconds * 1000,
    config.firstSeconds * 1000 * 2 ** Math.min(item.tries - 1, 30),
  );
  const waitMs = Math.max(Math.round(random * cap), item.askedMs ?? 0);
  const dueAtMs = nowMs + waitMs;
  if (dueAtMs > item.createdAtMs + config.giveUpHours * 3_600_000) return { kind: 'give_up' };
  return { kind: 'retry', dueAtMs };
}
