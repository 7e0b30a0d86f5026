import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite } from '../app/trace-site.ts';

const main = resolve(import.meta.dirname, '../../src/main.ts');

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function trace(...args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [main, 'trace', ...args],
      { timeout: 20_000, env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, out, err });
      },
    );
  });
}

function page(path: string): string {
  return site.at(`shop.localhost${path}`).href;
}

function listOf(...lines: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'throughline-trace-')), 'urls.txt');
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe('throughline trace', () => {
  it('has help with examples', async () => {
    const { code, out } = await trace('--help');
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
  });

  it('ends with 0 and says so where nothing is lost', async () => {
    const { code, out } = await trace('--allow-private', page('/kept?utm_source=mail&gclid=Ab1'));
    expect(code).toBe(0);
    expect(out).toContain('Nothing is lost');
  });

  it('prints hops and parameters as a table, and why something is lost, and ends with 1', async () => {
    const { code, out } = await trace('--allow-private', page('/dropped-later?utm_source=mail&gclid=Ab1'));
    expect(code).toBe(1);
    const lines = out.split('\n').map((line) => line.trim().split(/\s{2,}/));
    const origin = page('/').slice(0, -1);
    expect(lines.slice(1, 5)).toEqual([
      ['hop', 'utm_source', 'gclid'],
      ['1', '307', `${origin}/dropped-later`, '✓', '✓'],
      ['2', '302', `${origin}/dropped`, '✗', '✗'],
      ['3', '200', `${origin}/end`, '·', '·'],
    ]);
    expect(out).toContain(
      '✗ utm_source, gclid lost at hop 2: the redirect names a new address without the query',
    );
    expect(out).toContain('Likely by: the server that answered');
    expect(out).toContain('Seen: status 302, relative Location');
    expect(out).toContain("Mend it: Append the request's query to the redirect target");
  });

  it('shows what every changed value became', async () => {
    const { out } = await trace('--allow-private', page('/lower?utm_source=Mail&gclid=Ab1'));
    expect(out).toContain('~ utm_source, gclid changed at hop 1');
    expect(out).toContain('utm_source=Mail became utm_source=mail, gclid=Ab1 became gclid=ab1');
  });

  it('refuses private addresses without the flag', async () => {
    const { code, out } = await trace(page('/kept?gclid=Ab1'));
    expect(code).toBe(1);
    expect(out).toContain('--allow-private');
  });

  it('hints at parameters where the address has none', async () => {
    const { code, out } = await trace('--allow-private', page('/end'));
    expect(code).toBe(0);
    expect(out).toContain('no parameter to follow');
  });

  it('passes for a phone and sends own headers', async () => {
    const before = site.requests.length;
    await trace(
      '--allow-private',
      '--device',
      'mobile',
      '--header',
      'Accept-Language: de',
      '--header',
      'X-Key: a:b',
      page('/end'),
    );
    expect(site.requests[before]?.headers).toMatchObject({
      'user-agent': expect.stringContaining('Mobile Safari'),
      'accept-language': 'de',
      'x-key': 'a:b',
    });
  });

  it('gives up on a slow hop and after too many hops', async () => {
    expect((await trace('--allow-private', '--timeout', '0.3', page('/slow'))).out).toContain(
      'did not answer within 0.3 s',
    );
    expect((await trace('--allow-private', '--max-hops', '3', page('/endless'))).out).toContain(
      'more than 3 hops',
    );
  });

  it('walks a list, and prints one JSON object for each address in their order', async () => {
    const file = listOf(
      '# landing pages',
      page('/kept?gclid=Ab1'),
      '',
      page('/lower?gclid=Ab1'),
      page('/loop'),
    );
    const { code, out } = await trace('--allow-private', '--json', '--concurrency', '2', '--file', file);
    expect(code).toBe(1);
    const rows = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rows).toMatchObject([
      { url: page('/kept?gclid=Ab1'), isIntact: true, losses: [] },
      {
        url: page('/lower?gclid=Ab1'),
        isIntact: false,
        hops: [
          { status: 302, via: 'start', target: '/end?gclid=ab1' },
          { status: 200, via: 'location' },
        ],
        parameters: [{ name: 'gclid', marks: ['changed', 'there'] }],
        losses: [{ parameter: 'gclid', hop: 1, kind: 'changed', cause: 're_cased', isRestored: false }],
      },
      { url: page('/loop'), isIntact: false, failure: { hop: 2, fault: 'loop' } },
    ]);
  });

  it('prints JUnit: a loss is a failure, a walk that does not arrive an error', async () => {
    const { code, out } = await trace(
      ...['--allow-private', '--junit'],
      ...[
        page('/kept?utm_source=a&gclid=Ab1'),
        page('/meta?utm_source=a&gclid=Ab1'),
        page('/loop?gclid=%22%3C'),
      ],
    );
    expect(code).toBe(1);
    expect(out).toContain('<testsuites tests="3" failures="1" errors="1">');
    expect(out).toContain(`name="${page('/kept?utm_source=a&amp;gclid=Ab1')}"/>`);
    expect(out).toContain(
      '<failure type="meta_refresh_dropped_query" message="utm_source, gclid lost at hop 1: the meta refresh in the page names a new address without the parameter">',
    );
    expect(out).toContain('<error type="loop" message="It leads back to hop 2, round and round.');
    expect(out.match(/<testcase /g)).toHaveLength(3);
  });
});

describe('throughline trace used wrongly', () => {
  it.each([
    ['without an address', [], 'no address to follow'],
    [
      'with half an address',
      ['shop.example/sale?gclid=1'],
      'Did you mean https://shop.example/sale?gclid=1?',
    ],
    ['with another scheme', ['ftp://anna:s3cret@shop.example/'], 'is no web address'],
    ['with a list that is not there', ['--file', '/nowhere.txt'], 'TL3001'],
    ['with an unknown device', ['--device', 'fridge', 'https://shop.example/'], 'desktop, mobile'],
    ['with a header that is none', ['--header', 'nonsense', 'https://shop.example/'], 'name: value'],
    [
      'with a header of the connection',
      ['--header', 'Connection: close', 'https://shop.example/'],
      'leave it out',
    ],
    ['with no time', ['--timeout', '0', 'https://shop.example/'], 'from 0.1 to 120'],
    ['with two formats', ['--json', '--junit', 'https://shop.example/'], 'cannot be used with'],
  ] as const)('%s ends with 3 and says what is wrong', async (_title, args, words) => {
    const { code, err } = await trace(...args);
    expect(code).toBe(3);
    expect(err).toContain(words);
    expect(err).not.toContain('s3cret');
  });

  it('names file and line of everything that is wrong in a list', async () => {
    const file = listOf('https://shop.example/', 'nonsense', 'mailto:a@shop.example');
    const { code, err } = await trace('--file', file);
    expect(code).toBe(3);
    expect(err).toContain(`${file}:2: "nonsense"`);
    expect(err).toContain(`${file}:3: "mailto:a@shop.example"`);
  });
});
