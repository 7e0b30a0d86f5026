import { describe, expect, it } from 'vitest';
import { finishTrace, type Hop } from '../../src/app/trace.ts';
import { compareTraces } from '../../src/app/trace-compare.ts';

function hop(url: string, changes: Partial<Hop> = {}): Hop {
  return { url: `https://shop.example${url}`, via: 'start', status: 200, headers: {}, ...changes };
}

function walk(...hops: readonly Hop[]) {
  return finishTrace(new URL('https://shop.example/'), hops, undefined);
}

describe('two walks side by side', () => {
  const whole = walk(
    hop('/a?gclid=Ab1', { status: 302, target: '/b?gclid=Ab1' }),
    hop('/b?gclid=Ab1', { via: 'location' }),
  );
  const lossy = walk(hop('/a?gclid=Ab1', { status: 302, target: '/b' }), hop('/b', { via: 'location' }));

  it('tell what survives through the gateway alone', () => {
    expect(compareTraces(lossy, whole, 'http://gateway')).toMatchObject({
      isIntact: true,
      differingHops: [1, 2],
      parameters: [{ name: 'gclid', direct: 'lost', via: 'whole' }],
    });
  });

  it('tell what the gateway loses', () => {
    expect(compareTraces(whole, lossy, 'http://gateway')).toMatchObject({
      isIntact: false,
      parameters: [{ name: 'gclid', direct: 'whole', via: 'lost' }],
    });
  });

  it('differ nowhere where they are the same', () => {
    expect(compareTraces(whole, whole, 'http://gateway').differingHops).toEqual([]);
  });

  it('count hops that only one of them has', () => {
    expect(compareTraces(walk(hop('/a?gclid=Ab1')), whole, 'http://gateway').differingHops).toEqual([1, 2]);
  });

  it('do not say what became of a parameter where the walk broke off', () => {
    const failure = { hop: 1, fault: 'refused', message: 'refused' } as const;
    const broken = finishTrace(
      new URL('https://shop.example/'),
      [hop('/a?gclid=Ab1', { status: null })],
      failure,
    );
    expect(compareTraces(broken, whole, 'http://gateway').parameters).toEqual([
      { name: 'gclid', direct: 'unseen', via: 'whole' },
    ]);
  });
});
