import { Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildSdk, committedSdk } from '../../scripts/build-sdk.ts';

describe('the built browser script', () => {
  const built = committedSdk();

  it('is what the source builds to (else run `node scripts/build-sdk.ts`)', async () => {
    expect(built).toBe(await buildSdk());
  });

  it('is smaller than 3 KB gzipped', () => {
    expect(gzipSync(built).byteLength).toBeLessThan(3072);
  });

  it('is a plain script, with nothing to import', () => {
    expect(() => new Script(built)).not.toThrow();
  });

  it.each(['throughline', 'google', 'gtag', 'segment', 'analytics.js', 'facebook', '://'])(
    'does not mention %s',
    (name) => {
      expect(built.toLowerCase()).not.toContain(name);
    },
  );
});
