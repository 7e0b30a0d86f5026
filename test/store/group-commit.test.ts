import { describe, expect, it } from 'vitest';
import { createGroupCommitLog, LogBusyError } from '../../src/store/log/group-commit.ts';

interface Commit {
  readonly lines: readonly string[];
  succeed(): void;
  fail(): void;
}

/** A disk that finishes its commits when the test says so. */
function slowDisk() {
  const commits: Commit[] = [];
  const commit = (lines: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      commits.push({ lines, succeed: resolve, fail: () => reject(new Error('disk full')) });
    });
  return { commits, commit };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await turn();
}

const entries = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ line: String(from + index) }));

describe('group commit', () => {
  it('commits what came in one turn together, in order, and resolves only then', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 100, maxChars: 1e6, maxWaiting: 1000 });
    const done: string[] = [];
    for (const entry of entries(1, 5)) void log.append([entry]).then(() => done.push(entry.line));
    await settle();
    expect(commits.map(({ lines }) => lines)).toEqual([['1', '2', '3', '4', '5']]);
    expect(done).toEqual([]);
    commits[0]?.succeed();
    await settle();
    expect(done).toEqual(['1', '2', '3', '4', '5']);
  });

  it('gathers what comes while a commit is under way into the next one', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 100, maxChars: 1e6, maxWaiting: 1000 });
    const all: Promise<void>[] = [];
    for (const entry of entries(1, 9)) {
      all.push(log.append([entry]));
      await settle();
    }
    expect(commits.map(({ lines }) => lines)).toEqual([['1']]);
    commits[0]?.succeed();
    await settle();
    expect(commits.map(({ lines }) => lines)).toEqual([['1'], ['2', '3', '4', '5', '6', '7', '8', '9']]);
    commits[1]?.succeed();
    await Promise.all(all);
  });

  it('never parts the lines of one append, and says how many appends a commit has', async () => {
    const commits: (readonly [readonly string[], number])[] = [];
    const commit = async (lines: readonly string[], appends: number): Promise<void> => {
      commits.push([lines, appends]);
    };
    const log = createGroupCommitLog(commit, { maxLines: 3, maxChars: 1e6, maxWaiting: 1000 });
    await Promise.all([log.append(entries(1, 2)), log.append(entries(3, 4)), log.append(entries(5, 9))]);
    await log.append(entries(1, 1));
    expect(commits).toEqual([
      [['1', '2'], 1],
      [['3', '4'], 1],
      [['5', '6', '7', '8', '9'], 1],
      [['1'], 1],
    ]);
  });

  it('ends a commit before it gets too long', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 100, maxChars: 10, maxWaiting: 1000 });
    const all = ['12345678901234', '1234', '12345', '12'].map((line) => log.append([{ line }]));
    for (let index = 0; index < 3; index += 1) {
      await settle();
      commits[index]?.succeed();
    }
    await Promise.all(all);
    expect(commits.map(({ lines }) => lines)).toEqual([['12345678901234'], ['1234', '12345'], ['12']]);
  });

  it('cuts groups at the most lines, keeping their order', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 4, maxChars: 1e6, maxWaiting: 1000 });
    const all = entries(1, 10).map((entry) => log.append([entry]));
    for (let index = 0; index < 3; index += 1) {
      await settle();
      commits[index]?.succeed();
    }
    await Promise.all(all);
    expect(commits.map(({ lines }) => lines)).toEqual([
      ['1', '2', '3', '4'],
      ['5', '6', '7', '8'],
      ['9', '10'],
    ]);
  });

  it('rejects at once beyond the most that may wait, and takes lines again when there is room', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 1, maxChars: 1e6, maxWaiting: 3 });
    const taken = entries(1, 3).map((entry) => log.append([entry]));
    await expect(log.append([{ line: '4' }])).rejects.toBeInstanceOf(LogBusyError);
    await settle();
    taken.push(log.append([{ line: '5' }]));
    await expect(log.append([{ line: '6' }])).rejects.toBeInstanceOf(LogBusyError);
    for (let index = 0; index < 4; index += 1) {
      await settle();
      commits[index]?.succeed();
    }
    await Promise.all(taken);
    expect(commits.flatMap(({ lines }) => lines)).toEqual(['1', '2', '3', '5']);
  });

  it('rejects exactly the lines of a commit that failed', async () => {
    const { commits, commit } = slowDisk();
    const log = createGroupCommitLog(commit, { maxLines: 2, maxChars: 1e6, maxWaiting: 1000 });
    const all = Promise.allSettled(entries(1, 6).map((entry) => log.append([entry])));
    await settle();
    commits[0]?.succeed();
    await settle();
    commits[1]?.fail();
    await settle();
    commits[2]?.succeed();
    const states = (await all).map(({ status }) => status);
    expect(states).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('goes on after a commit that threw at once', async () => {
    let calls = 0;
    const commit = async (): Promise<void> => {
      calls += 1;
      if (calls === 1) throw new Error('disk full');
    };
    const log = createGroupCommitLog(commit, { maxLines: 10, maxChars: 1e6, maxWaiting: 10 });
    await expect(log.append([{ line: '1' }])).rejects.toThrow('disk full');
    await log.append([{ line: '2' }]);
    expect(calls).toBe(2);
  });
});
