import { access, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Answer, Request } from '../contract/destination.ts';

type AppendRequest = Extract<Request, { kind: 'append' }>;

/**
 * Appends lines and waits for the disk; a file that would grow past the limit is first set aside under its time.
 * What could not be written whole is taken back, and half a line that a crash left is closed before the next.
 */
export async function appendLines(
  { path, lines, rotateBytes }: AppendRequest,
  nowMs: number,
): Promise<Answer> {
  try {
    const text = Buffer.from(`${lines.join('\n')}\n`);
    await mkdir(dirname(path), { recursive: true });
    const size = await sizeOf(path);
    const isFull = size > 0 && size + text.length > rotateBytes;
    if (isFull) await rename(path, await setAsideName(path, nowMs));
    await write(path, text);
    if (isFull || size === 0) await syncFolder(dirname(path));
    return { kind: 'answered', status: 200, headers: {}, body: '' };
  } catch (error) {
    return { kind: 'failed', error: 'disk', message: error instanceof Error ? error.message : String(error) };
  }
}

async function write(path: string, text: Buffer): Promise<void> {
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const isOpenLine = size > 0 && !(await endsLine(file, size));
    try {
      await file.appendFile(isOpenLine ? Buffer.concat([Buffer.from('\n'), text]) : text);
      await file.datasync();
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function endsLine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : 0;
  } catch {
    return 0;
  }
}

/** A name that is still free: two files may be full in one millisecond, and clocks are set back. */
async function setAsideName(path: string, nowMs: number): Promise<string> {
  const extension = extname(path);
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const base = `${path.slice(0, path.length - extension.length)}.${stamp}`;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? `${base}${extension}` : `${base}-${number}${extension}`;
    if (!(await exists(name))) return name;
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** A new name is on disk once its folder is. Windows cannot open a folder and does it by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
