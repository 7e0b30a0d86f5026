import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  denied,
  eventOf,
  generationOf,
  grantedOnly,
  rulesOf,
  startMs,
  startPipeline,
  undecided,
} from './gateway.ts';

const loadId = 'canary-load';

/** An undecided visitor's order, with everything that a page can say of itself. */
function heldOrder(changes: Parameters<typeof eventOf>[0] = {}) {
  return eventOf({
    id: 'order',
    name: 'purchase',
    consent: undecided,
    visitor: null,
    page: { url: 'https://shop.example/canary-page', title: 'canary-title', loadId },
    commerce: { value: 5, currency: 'EUR', items: [{ id: 'canary-item' }] },
    campaign: {
      touch: {
        kind: 'campaign',
        source: 'canary-source',
        medium: 'email',
        clickIds: {},
        channel: 'Email',
        atMs: startMs,
      },
    },
    ...changes,
  });
}

const canaries = ['canary-load', 'canary-page', 'canary-title', 'canary-item', 'canary-source'];

function start() {
  return startPipeline(generationOf({ rules: rulesOf('rules: [{ name: all, to: [receiver] }]') }));
}

/** The canaries that the data file and its write-ahead log still hold. */
function foundIn(path: string): readonly string[] {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  const bytes = names.map((name) => readFileSync(join(dirname(path), name), 'latin1')).join('\n');
  return canaries.filter((canary) => bytes.includes(canary));
}

describe('an event that waited in vain', () => {
  it('is gone from the disk when its time is over, all but that it happened', () => {
    const { take, expire, writer, path, event, decisions } = start();
    take(heldOrder());
    expect(foundIn(path)).toEqual(canaries);
    expire(startMs + 30 * 60_000);
    expect(writer.hasRemains()).toBe(true);
    writer.checkpoint();
    expect(foundIn(path)).toEqual([]);
    expect(writer.hasRemains()).toBe(false);
    expect(event('order')).toMatchObject({ id: 'order', name: 'purchase', properties: {} });
    expect(decisions('order')).toContain('held_expired receiver');
  });

  it('is gone when the visitor denies', () => {
    const { take, writer, path, decisions } = start();
    take(heldOrder());
    take(eventOf({ id: 'no', consent: denied, visitor: null, page: { loadId }, campaign: {} }));
    expect(decisions('order')).toContain('held_denied receiver');
    writer.checkpoint();
    // What the denial itself came with is the denial's own.
    expect(foundIn(path)).toEqual(['canary-load']);
  });

  it('still counts once: it is not taken in again', () => {
    const { take, expire, decisions } = start();
    take(heldOrder());
    expire(startMs + 30 * 60_000);
    take(heldOrder());
    expect(decisions('order')).not.toContain('released');
  });

  it('stays where its visitor agreed to being measured and only a destination was refused', () => {
    const { take, expire, event } = startPipeline();
    take(eventOf({ consent: grantedOnly('analytics_storage') }));
    expire(startMs + 30 * 60_000);
    expect(event('view')).toMatchObject({ page: { title: 'Shop' }, visitor: { key: 'visitor-1' } });
  });
});
