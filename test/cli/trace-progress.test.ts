import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/trace-progress.ts';

function terminal(columns = 80) {
  const written: string[] = [];
  return { isTTY: true, columns, written, write: (text: string) => written.push(text) };
}

describe('the progress of a list', () => {
  it('shows how far it has come and how long the rest will take, and is gone in the end', () => {
    let clockMs = 0;
    const stream = terminal();
    const progress = createProgress(4, { stream, nowMs: () => clockMs });
    clockMs = 30_000;
    progress.show(1);
    progress.end();
    expect(stream.written).toEqual([
      '\r\u001b[2K░░░░░░░░░░░░░░░░░░░░ 0/4 0%',
      '\r\u001b[2K█████░░░░░░░░░░░░░░░ 1/4 25%, 1 min 30 s left',
      '\r\u001b[2K',
    ]);
  });

  it('never takes more than one line', () => {
    const stream = terminal(24);
    createProgress(100, { stream, nowMs: () => 0 }).show(50);
    for (const line of stream.written) expect(line.replace('\r\u001b[2K', '').length).toBeLessThan(24);
  });

  it.each([
    ['in a pipe', 100, false],
    ['for one address', 1, true],
  ])('says nothing %s', (_title, all, isTTY) => {
    const stream = { ...terminal(), isTTY };
    const progress = createProgress(all, { stream, nowMs: () => 0 });
    progress.show(1);
    progress.end();
    expect(stream.written).toEqual([]);
  });
});
