import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeByStatus } from '../../src/contract/destination.ts';
import { createSender } from '../../src/delivery/send.ts';
import { tempFolder } from '../store/store.ts';

const atMs = Date.UTC(2026, 10, 23, 12);
const ok = { kind: 'answered', status: 200, headers: {}, body: '' };

function appending(path: string, rotateBytes = 1_000_000) {
  const sender = createSender(() => atMs);
  return (...lines: readonly string[]) => sender.send({ kind: 'append', path, lines, rotateBytes });
}

describe('appending to a file', () => {
  it('makes the folder and the file, and adds whole lines', async () => {
    const path = join(tempFolder(), 'a', 'b', 'events.ndjson');
    const append = appending(path);
    expect(await append('{"n":1}', '{"n":2}')).toEqual(ok);
    expect(await append('{"n":3}')).toEqual(ok);
    expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  });

  it('sets a full file aside and begins another', async () => {
    const folder = tempFolder();
    const append = appending(join(folder, 'events.ndjson'), 20);
    for (const line of ['0123456789', 'abcdefgh', 'next']) await append(line);
    expect(readdirSync(folder).toSorted()).toEqual([
      'events.2026-11-23T12-00-00-000Z.ndjson',
      'events.ndjson',
    ]);
    expect(readFileSync(join(folder, 'events.2026-11-23T12-00-00-000Z.ndjson'), 'utf8')).toBe(
      '0123456789\nabcdefgh\n',
    );
    expect(readFileSync(join(folder, 'events.ndjson'), 'utf8')).toBe('next\n');
  });

  it('never writes over a file that was set aside in the same millisecond', async () => {
    const folder = tempFolder();
    const append = appending(join(folder, 'events.ndjson'), 5);
    for (const line of ['one', 'two', 'three', 'four']) expect(await append(line)).toEqual(ok);
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(texts.toSorted()).toEqual(['four\n', 'one\n', 'three\n', 'two\n']);
  });

  it('writes a line that is larger than a file may be into a file of its own', async () => {
    const path = join(tempFolder(), 'events.ndjson');
    const line = 'x'.repeat(100);
    expect(await appending(path, 10)(line)).toEqual(ok);
    expect(readFileSync(path, 'utf8')).toBe(`${line}\n`);
  });

  it('never lets lines of concurrent appends interleave', async () => {
    const folder = tempFolder();
    const append = appending(join(folder, 'events.ndjson'), 20_000);
    const batches = Array.from({ length: 40 }, (_, batch) =>
      Array.from({ length: 20 }, (_unused, line) =>
        JSON.stringify({ batch, line, filler: 'x'.repeat(batch * 5) }),
      ),
    );
    const answers = await Promise.all(batches.map((lines) => append(...lines)));
    expect(answers).toEqual(batches.map(() => ok));
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(2);
    const written = files
      .toSorted(byAge)
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
    expect(written).toEqual(batches.flat());
  });

  it('closes half a line that a crash has left before it goes on', async () => {
    const path = join(tempFolder(), 'events.ndjson');
    writeFileSync(path, '{"n":1}\n{"n":');
    await appending(path)('{"n":2}');
    expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":\n{"n":2}\n');
  });

  it('goes on with what another program has added', async () => {
    const path = join(tempFolder(), 'events.ndjson');
    const append = appending(path);
    await append('one');
    appendFileSync(path, 'two\n');
    await append('three');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  it('answers a disk error that is worth another try, and works again afterwards', async () => {
    const folder = tempFolder();
    const path = join(folder, 'taken');
    mkdirSync(path);
    const sender = createSender(() => atMs);
    const request = { kind: 'append', path, lines: ['a'], rotateBytes: 10 } as const;
    const answer = await sender.send(request);
    expect(answer).toMatchObject({ kind: 'failed', error: 'disk' });
    expect(judgeByStatus(answer, [{ eventId: 'a', occurredAtMs: 0, body: {} }])).toMatchObject([
      { kind: 'retry' },
    ]);
    expect(await sender.send({ ...request, path: join(folder, 'free') })).toEqual(ok);
  });

  it('is finished when the sender is closed', async () => {
    const path = join(tempFolder(), 'events.ndjson');
    const sender = createSender(() => atMs);
    const answers = ['a', 'b', 'c'].map((line) =>
      sender.send({ kind: 'append', path, lines: [line], rotateBytes: 99 }),
    );
    await sender.close();
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\n');
    expect(await Promise.all(answers)).toEqual([ok, ok, ok]);
  });
});

/** Files set aside carry a number after the first of one millisecond; the file in use is the newest. */
function byAge(a: string, b: string): number {
  return ageOf(a) - ageOf(b);
}

function ageOf(name: string): number {
  if (name === 'events.ndjson') return Number.POSITIVE_INFINITY;
  return Number(/Z-(\d+)\.ndjson$/.exec(name)?.[1] ?? 1);
}
