import { setTimeout as pause } from 'node:timers/promises';

const askAgainMs = 25;

/** Asks until there is an answer other than undefined or false; rejects with what was waited for when time is up. */
export async function until<Answer>(
  what: string,
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
  maxMs = 15_000,
): Promise<Answer> {
  const deadlineMs = performance.now() + maxMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadlineMs) throw new Error(`waited ${maxMs} ms in vain for ${what}`);
    await pause(askAgainMs);
  }
}
