import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canaryConfigSchema } from '../../src/app/canary-config.ts';
import { startCanary } from '../../src/app/canary-timer.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { until } from '../e2e/support/until.ts';
import { startSite } from './trace-site.ts';

const log = createLogger('silent', 'json', { write: () => undefined, nowMs: Date.now });

it('a running gateway walks the pages of the configuration in force, each run in its time', async () => {
  const site = await startSite();
  onTestFinished(() => site.close());
  const folder = mkdtempSync(join(tmpdir(), 'throughline-canary-'));
  const none = canaryConfigSchema.parse({});
  const some = canaryConfigSchema.parse({
    pages: [site.at('shop.localhost/kept?gclid=Ab1').href],
    allowPrivate: true,
  });
  let config = none;
  const looks: string[] = [];
  const canary = () => {
    looks.push(config === none ? 'none' : 'some');
    return config;
  };
  onTestFinished(startCanary({ canary, dataFile: join(folder, 'events.db') }, log, { lookMs: 5 }));
  await until('a look at a configuration without pages', () => looks.length > 3);
  expect(site.requests).toEqual([]);
  config = some;
  await until('the state of the first run', () => existsSync(join(folder, 'canary.json')));
  const first = looks.length;
  await until('more looks', () => looks.length > first + 20);
  expect(site.requests).toHaveLength(3);
});
