import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observe/logger.ts';

function start() {
  const lines: { message: string; linesLeftOut?: number; hit?: number }[] = [];
  const clock = { nowMs: 0 };
  const log = createLogger('info', 'json', {
    write: (line) => void lines.push(JSON.parse(line)),
    nowMs: () => clock.nowMs,
  });
  return { lines, clock, log };
}

describe('the log', () => {
  it('does not repeat one message for every hit of an outage, and says how often it was left out', () => {
    const { lines, clock, log } = start();
    for (let hit = 0; hit < 500; hit += 1) log.error({ hit }, 'the log took no event');
    log.error({}, 'something else');
    expect(lines.filter(({ message }) => message === 'the log took no event')).toHaveLength(20);
    expect(lines.at(-1)).toMatchObject({ message: 'something else' });
    clock.nowMs = 10_000;
    log.error({ hit: 500 }, 'the log took no event');
    expect(lines.at(-1)).toMatchObject({ hit: 500, linesLeftOut: 480 });
    log.error({ hit: 501 }, 'the log took no event');
    expect(lines.at(-1)).not.toHaveProperty('linesLeftOut');
  });

  it('writes what is below its level nowhere, and counts it nowhere', () => {
    const { lines, log } = start();
    for (let hit = 0; hit < 50; hit += 1) log.debug({ hit }, 'a detail');
    expect(lines).toEqual([]);
  });
});
