import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { LossCount } from '../../src/model/loss.ts';
import { lossesSince } from '../../src/store/sqlite/losses.ts';
import { migrate } from '../../src/store/sqlite/schema.ts';
import { openReading, openStore } from './store.ts';

const lost: LossCount = {
  day: '2026-11-24',
  site: 'shop',
  release: '',
  parameter: 'gclid',
  outcome: 'lost',
  hop: 'shop.example/sale -> shop.example/de/sale',
  cause: 'locale_redirect_dropped_query',
  culprit: "the site's own language or country redirect",
  n: 2,
  firstAtMs: 2_000,
  lastAtMs: 3_000,
};

describe('loss counts', () => {
  it('of one kind add up, over a restart too', () => {
    const { path, writer, close } = openStore();
    writer.countLosses([lost, { ...lost, outcome: 'repaired', n: 1 }]);
    close();
    openStore(path).writer.countLosses([{ ...lost, n: 3, firstAtMs: 1_000, lastAtMs: 1_500 }]);
    expect(openReading(path).losses('2026-11-24')).toEqual([
      { ...lost, n: 5, firstAtMs: 1_000, lastAtMs: 3_000 },
      { ...lost, outcome: 'repaired', n: 1 },
    ]);
  });

  it('are read and deleted by day', () => {
    const { path, writer } = openStore();
    const later = { ...lost, day: '2026-11-25' };
    writer.countLosses([lost, later]);
    const reader = openReading(path);
    expect(reader.losses('2026-11-25')).toEqual([later]);
    writer.purgeLosses('2026-11-25');
    expect(reader.losses('2000-01-01')).toEqual([later]);
  });

  it('are none in the file of a release that did not count', () => {
    const { path, close } = openStore();
    close();
    const db = new DatabaseSync(path);
    db.exec('DROP TABLE loss');
    db.close();
    expect(openReading(path).losses('2000-01-01')).toEqual([]);
  });

  it('are found by a range of the key, without reading the rest', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db);
    const [plan] = db.prepare(`EXPLAIN QUERY PLAN ${lossesSince}`).all();
    db.close();
    expect(plan?.['detail']).toBe('SEARCH loss USING PRIMARY KEY (day>?)');
  });
});
