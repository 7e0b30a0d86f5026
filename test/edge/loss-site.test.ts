import { describe, expect, it } from 'vitest';
import { lossConfigSchema } from '../../src/campaign/loss-config.ts';
import { shippedParameters } from '../../src/campaign/parameters.ts';
import { compileLossSite } from '../../src/edge/loss-site.ts';

function siteOf(config: object, timezone = 'UTC') {
  const site = compileLossSite(lossConfigSchema.parse(config), {
    timezone,
    parameters: shippedParameters,
    isOwnHost: () => false,
  });
  if (site === null) throw new Error('losses are not followed');
  return site;
}

describe('what a count is filed under', () => {
  it.each([
    ['UTC', '2026-11-23T23:59:59Z', '2026-11-23'],
    ['Europe/Berlin', '2026-11-23T22:59:59Z', '2026-11-23'],
    ['Europe/Berlin', '2026-11-23T23:00:00Z', '2026-11-24'],
    ['Asia/Kathmandu', '2026-11-23T18:14:59Z', '2026-11-23'],
    ['Asia/Kathmandu', '2026-11-23T18:15:00Z', '2026-11-24'],
  ])('is the day in %s: %s is on %s', (timezone, at, day) => {
    expect(siteOf({}, timezone).dayOf(Date.parse(at))).toBe(day);
  });

  it.each([
    [{}, {}, ''],
    [{ release: 'v1' }, { 'x-release': 'v2' }, 'v1'],
    [{ release: 'v1', releaseHeader: 'x-release' }, { 'x-release': 'v2' }, 'v2'],
    [{ release: 'v1', releaseHeader: 'x-release' }, {}, 'v1'],
    [{ releaseHeader: 'x-release' }, { 'x-release': 'ü' }, ''],
    [{ releaseHeader: 'x-release' }, { 'x-release': 'v'.repeat(100) }, 'v'.repeat(64)],
  ])('is the release: %o and %o make %s', (config, headers, release) => {
    expect(siteOf(config).releaseOf(headers)).toBe(release);
  });

  it('is nothing where losses are not followed', () => {
    const site = { timezone: 'UTC', parameters: shippedParameters, isOwnHost: () => false };
    expect(compileLossSite(lossConfigSchema.parse({ enabled: false }), site)).toBeNull();
  });
});
