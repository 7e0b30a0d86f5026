import { describe, expect, it } from 'vitest';
import type { LossCount } from '../../src/model/loss.ts';
import { lineOf, logLines, openStore, storyOf } from '../store/store.ts';
import { run } from './run.ts';

const nowMs = Date.now();
const hop = 'shop.example/sale -> shop.example/de/sale';
const cause = 'locale_redirect_dropped_query';
const culprit = "the site's own language or country redirect";

function count(changes: Partial<LossCount>): LossCount {
  const atMs = changes.firstAtMs ?? nowMs - 60_000;
  return {
    day: new Date(atMs).toISOString().slice(0, 10),
    site: 'shop',
    release: 'v1',
    parameter: 'gclid',
    outcome: 'arrived',
    hop: 'shop.example/sale',
    cause: '',
    culprit: '',
    n: 100,
    firstAtMs: atMs,
    lastAtMs: atMs,
    ...changes,
  };
}

/** Yesterday release v1 lost 3 of 100, today v2 loses 60 of 100; one session that lost a click id bought something. */
function dataFile(): string {
  const { path, writer, close } = openStore();
  const yesterday = nowMs - 86_400_000;
  writer.countLosses([
    count({ firstAtMs: yesterday }),
    count({ firstAtMs: yesterday, outcome: 'survived', n: 97 }),
    count({ firstAtMs: yesterday, outcome: 'lost', hop, cause, culprit, n: 3 }),
    count({ release: 'v2' }),
    count({ release: 'v2', outcome: 'survived', n: 40 }),
    count({ release: 'v2', outcome: 'lost', hop, cause, culprit, n: 60 }),
    count({ release: 'v2', outcome: 'repaired', parameter: 'utm_source', hop, cause, culprit, n: 60 }),
  ]);
  const session = { id: 'session-1' };
  const losses = [{ parameters: ['gclid'], hop, cause, culprit, outcome: 'lost' }];
  const facts = { day: count({}).day, release: 'v2', losses };
  const event = { site: 'shop', receivedAtMs: nowMs - 50_000, session };
  logLines(
    writer,
    [
      lineOf({ ...event, id: 'event-1', name: 'page_view' }, [
        { stop: 'campaign', reason: 'parameters_lost', facts },
      ]),
      lineOf({ ...event, id: 'event-2', name: 'purchase' }),
    ],
    nowMs,
  );
  writer.advance(2, (lines, batch) => {
    for (const { offset } of lines) batch.writeStory(storyOf(offset, { additions: { session } }));
  });
  close();
  return path;
}

describe('throughline loss', () => {
  it('says which hop lost what, why, through whom, in which sessions, and how to mend it', async () => {
    const { code, out } = await run('loss', '--data', dataFile());
    expect(code).toBe(0);
    expect(out).toMatch(
      /^gclid +shop\.example\/sale -> shop\.example\/de\/sale +locale_redirect_dropped_query +the site's own language or country redirect +200 +137 +0 +63 +69% +1 +1 /m,
    );
    expect(out).toMatch(/^utm_source .* 60 +60 +60 +0 +100% +0 +0 /m);
    expect(out).toContain('Pass the query on in the language redirect');
    expect(out).toContain('shop: since release v2');
    expect(out).toContain('survival 97.0% -> 40%');
    expect(out).toMatch(/^gclid +·+█?.*69% +shop$/m);
  });

  it.each([
    ['parameter', { parameter: 'gclid', arrivals: 200, survivals: 137, lost: 63 }],
    ['hop', { hop, lost: 63, repaired: 60, sessions: 1, conversions: 1 }],
    ['cause', { cause, lost: 63, repaired: 60, fix: expect.stringContaining('i18n') }],
  ])('groups by %s, for machines', async (by, expected) => {
    const { out } = await run('loss', '--data', dataFile(), '--by', by, '--json');
    const [first] = out.trim().split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ site: 'shop', ...expected });
  });

  it('puts days and releases in the order of time', async () => {
    const { out } = await run('loss', '--data', dataFile(), '--by', 'release', '--json');
    const rates = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rates).toMatchObject([
      { release: 'v1', rate: 0.97 },
      { release: 'v2', rate: 0.4, sessions: 1, conversions: 1 },
    ]);
  });

  it('says so where nothing was seen', async () => {
    const { code, out } = await run('loss', '--data', dataFile(), '--site', 'other');
    expect(code).toBe(0);
    expect(out).toContain('No landing with campaign parameters was seen');
  });

  it.each([
    ['--since', 'soon'],
    ['--limit', '0'],
    ['--by', 'moon'],
  ])('ends with 3 where %s is %s', async (option, value) => {
    const { code, err } = await run('loss', '--data', dataFile(), option, value);
    expect(code).toBe(3);
    expect(err).toContain(option);
  });

  it('ends with 1 where there is no data file', async () => {
    const { code, err } = await run('loss', '--data', '/nowhere/t.db');
    expect(code).toBe(1);
    expect(err).toContain('TL3001');
  });
});
