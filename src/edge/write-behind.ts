import type { Withdrawal } from '../model/withdrawal.ts';
import type { CollectTools } from './collect.ts';

/** Writes choices down after the answer, for those whose answer must not wait. */
export function writeBehind(choices: readonly Withdrawal[], tools: CollectTools): void {
  if (choices.length === 0) return;
  tools.withdrawals.write(choices).catch((error: unknown) => {
    tools.logger.error(
      { site: choices[0]?.site, error: String(error) },
      'a withdrawal that came with a page was not written down; it will be with the next hit',
    );
  });
}
