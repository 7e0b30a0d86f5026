import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockStore, StoreLockedError } from '../../src/store/sqlite/lock.ts';
import { logLines, openStore, tempFolder } from './store.ts';

const script = fileURLToPath(new URL('./children/lock.ts', import.meta.url));

async function startChild(path: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('the lock of a data file', () => {
  it('keeps other processes out, and is free once its owner was killed', async () => {
    const path = join(tempFolder(), 'store.db');
    const first = await startChild(path);
    expect(first.said).toBe('locked');
    expect((await startChild(path)).said).toBe('refused');
    expect(() => lockStore(path)).toThrow(StoreLockedError);
    await kill(first.child);
    const release = lockStore(path);
    expect((await startChild(path)).said).toBe('refused');
    release();
    expect((await startChild(path)).said).toBe('locked');
  });

  it('keeps a second owner in the same process out too', () => {
    const path = join(tempFolder(), 'store.db');
    const release = lockStore(path);
    expect(() => lockStore(path)).toThrow(StoreLockedError);
    release();
    lockStore(path)();
  });

  it('does not keep the writer and readers of its own process out', () => {
    const path = join(tempFolder(), 'store.db');
    const release = lockStore(path);
    const { writer } = openStore(path);
    logLines(writer, ['a'], 1);
    release();
  });

  it('says what is wrong where it cannot be taken for another reason', () => {
    const attempt = (): unknown => lockStore(join(tempFolder(), 'no', 'such', 'folder', 'store.db'));
    expect(attempt).toThrow('unable to open database file');
    expect(attempt).not.toThrow(StoreLockedError);
  });
});
