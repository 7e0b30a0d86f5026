import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite } from '../app/trace-site.ts';
import { main, type Run, run } from './run.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

function canary(...args: readonly string[]): Promise<Run> {
  return run('canary', ...args);
}

function folderWith(name: string, value: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'throughline-canary-')), name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

function pages(...paths: readonly string[]): string {
  const all = paths.map((path) => site.at(`shop.localhost${path}`).href);
  return folderWith('pages.yaml', { pages: all, allowPrivate: true });
}

describe('throughline canary', () => {
  it('ends with 1 once a second run agrees that a parameter dies, and with 0 before and after', async () => {
    const file = pages('/kept?gclid=Ab1', '/dropped?gclid=Ab1');
    const runs = [await canary(file, '--once'), await canary(file, '--once'), await canary(file, '--once')];
    expect(runs.map(({ code }) => code)).toEqual([0, 1, 0]);
    expect(runs[0]?.out).toMatch(/✓ .*\/kept.*\n✗ .*\/dropped.*\n {4}gclid lost at hop 1: the redirect/);
    expect(runs[1]?.err).toContain('"code":"TL4020"');
    expect(existsSync(join(file, '../pages.state.json'))).toBe(true);
  });

  it('tells at once where one run is enough, as JSON too', async () => {
    const { code, out } = await canary(pages('/dropped?gclid=Ab1'), '--once', '--after', '1', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      pages: [{ isIntact: false, losses: [{ parameter: 'gclid' }] }],
      alerts: [{ change: 'parameter_dies', parameter: 'gclid', hop: 1 }],
    });
  });

  it('takes the canary section of a configuration, and keeps its state beside the data file', async () => {
    const file = folderWith('throughline.yaml', {});
    const folder = join(file, '..');
    const config = {
      sites: { shop: { hosts: ['shop.localhost'] } },
      store: { path: join(folder, 'data', 'events.db') },
      canary: { pages: [site.at('shop.localhost/kept?gclid=Ab1').href], allowPrivate: true },
    };
    writeFileSync(file, JSON.stringify(config));
    const { code } = await canary('--config', file, '--once');
    expect(code).toBe(0);
    expect(existsSync(join(folder, 'data', 'canary.json'))).toBe(true);
  });

  it('goes on until it is told to end', async () => {
    const child = spawn(process.execPath, [main, 'canary', pages('/kept?gclid=Ab1')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('throughline canary used wrongly', () => {
  it.each([
    ['without a page', () => [folderWith('pages.yaml', { pages: [] })], 3, 'no page to walk'],
    ['with a file that is not there', () => ['/nowhere.yaml'], 3, 'TL3001'],
    ['with two files', () => [pages('/end'), '--config', 'other.yaml'], 3, 'two files'],
    ['with a key that is none', () => [folderWith('p.yaml', { page: [] })], 2, 'pages'],
    ['with no time', () => [pages('/end'), '--every', 'soon'], 3, '15m'],
  ])('%s ends and says what is wrong', async (_title, args, code, words) => {
    const run = await canary('--once', ...args());
    expect(run.code).toBe(code);
    expect(run.err).toContain(words);
  });
});
