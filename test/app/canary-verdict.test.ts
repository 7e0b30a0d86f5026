import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CanaryMemory, judgeRun } from '../../src/app/canary-verdict.ts';
import { finishTrace, type Hop, type Trace } from '../../src/app/trace.ts';

const page = 'https://shop.example/sale?utm_source=canary&gclid=canary';

function hop(url: string, via: Hop['via']): Hop {
  return { url, via, status: via === 'start' ? 302 : 200, target: url, headers: {} };
}

const good = walk(page);
const lossy = walk('https://shop.example/de/sale?utm_source=canary');
const down = finishTrace(new URL(page), [hop(page, 'start')], {
  hop: 1,
  fault: 'refused',
  message: 'shop.example refuses the connection.',
});

function walk(end: string): Trace {
  return finishTrace(new URL(page), [hop(page, 'start'), hop(end, 'location')], undefined);
}

/** What a series of runs tells, one line for each run. */
function tell(runs: readonly Trace[], runsBeforeAlert = 2): readonly string[] {
  let memory: CanaryMemory = {};
  return runs.map((trace, index) => {
    const judged = judgeRun(memory, [trace], { runsBeforeAlert, nowMs: index });
    memory = judged.memory;
    return judged.alerts.map(({ change, parameter = 'page' }) => `${parameter} ${change}`).join(', ');
  });
}

describe('the verdict of a canary', () => {
  it.each([
    ['tells nothing while all is well', [good, good, good], ['', '', '']],
    [
      'tells of a loss once, in the second run that sees it',
      [good, lossy, lossy, lossy],
      ['', '', 'gclid parameter_dies', ''],
    ],
    ['tells nothing of a loss that comes and goes', [good, lossy, good, lossy, good], ['', '', '', '', '']],
    [
      'tells of a recovery once, in the second run that sees it',
      [good, lossy, lossy, good, good, good],
      ['', '', 'gclid parameter_dies', '', 'gclid parameter_recovers', ''],
    ],
    [
      'does not take one good run for a recovery',
      [good, lossy, lossy, good, lossy, lossy],
      ['', '', 'gclid parameter_dies', '', '', ''],
    ],
    ['tells of a loss that was there from the start', [lossy, lossy], ['', 'gclid parameter_dies']],
    [
      'takes the first good run for granted',
      [lossy, good, lossy, lossy],
      ['', '', '', 'gclid parameter_dies'],
    ],
    [
      'tells of a page that cannot be reached, and nothing of its parameters',
      [good, down, down, good, good],
      ['', '', 'page page_unreachable', '', 'page page_recovers'],
    ],
    [
      'counts no run in which the page could not be reached',
      [good, lossy, down, lossy],
      ['', '', '', 'gclid parameter_dies'],
    ],
  ])('%s', (_title, runs, told) => {
    expect(tell(runs)).toEqual(told);
  });

  it('tells at once where one run is enough', () => {
    expect(tell([good, lossy, good], 1)).toEqual(['', 'gclid parameter_dies', 'gclid parameter_recovers']);
  });

  it('says where, why, what to do, and when it was last well', () => {
    const { memory } = judgeRun({}, [good], { runsBeforeAlert: 1, nowMs: 5 });
    const { alerts } = judgeRun(memory, [lossy], { runsBeforeAlert: 1, nowMs: 9 });
    expect(alerts).toEqual([
      {
        change: 'parameter_dies',
        page,
        atMs: 9,
        parameter: 'gclid',
        hop: 1,
        cause: 'redirect_removed_parameter',
        culprit: 'the server that answered',
        fix: expect.stringContaining('Add the parameter'),
        message: expect.stringContaining('gclid does not reach its page: at hop 1 the redirect keeps'),
        lastGoodAtMs: 5,
      },
    ]);
  });

  it('forgets pages that are gone from the list', () => {
    const { memory } = judgeRun({}, [good], { runsBeforeAlert: 1, nowMs: 0 });
    expect(judgeRun(memory, [], { runsBeforeAlert: 1, nowMs: 1 }).memory).toEqual({});
  });

  it('never tells twice the same in a row, whatever the runs are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(good, lossy, down), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (runs, runsBeforeAlert) => {
          const told = tell(runs, runsBeforeAlert)
            .flatMap((line) => line.split(', '))
            .filter((line) => line.startsWith('gclid'));
          expect(told.filter((line, index) => line === told[index - 1])).toEqual([]);
          expect(told[0] ?? 'gclid parameter_dies').toBe('gclid parameter_dies');
        },
      ),
    );
  });
});
