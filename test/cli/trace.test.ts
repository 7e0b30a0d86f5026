import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CertificateText, issueCertificate } from '../app/certificates.ts';
import { startSite } from '../app/trace-site.ts';
import { browserPath } from '../e2e/browser.ts';
import { type GatewayProcess, startGateway } from '../e2e/support/gateway.ts';
import { type Run, run, runWith } from './run.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

function trace(...args: readonly string[]): Promise<Run> {
  return run('trace', ...args);
}

function traceWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> {
  return runWith(environment, 'trace', ...args);
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

describe('throughline trace --via', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-via-'));
    const file = join(folder, 'throughline.yaml');
    const config = {
      sites: {
        shop: {
          hosts: ['shop.localhost'],
          upstream: { url: `http://127.0.0.1:${site.port}`, keepHost: true },
        },
      },
      edge: { host: '127.0.0.1', port: 0 },
      admin: { port: 0 },
      rules: folder,
      store: { path: join(folder, 'data.db') },
    };
    writeFileSync(file, JSON.stringify(config));
    gateway = await startGateway(file, {});
  });
  afterAll(() => gateway.end('SIGTERM'));

  const via = () => `http://127.0.0.1:${gateway.port}`;

  it('lays both walks side by side, and says what survives through the gateway alone', async () => {
    const { code, out } = await trace(
      '--allow-private',
      '--via',
      via(),
      page('/dropped-later?utm_source=mail&gclid=Ab1'),
    );
    expect(code).toBe(0);
    expect(out).toContain(`via ${via()}`);
    expect(out).toContain('Differing hops: 2, 3');
    expect(out).toContain('utm_source, gclid is lost direct and arrives through the gateway');
    const rows = out.split('\n').filter((line) => /^\d/.test(line));
    expect(rows.map((row) => row.includes('≠'))).toEqual([false, true, true]);
    for (const row of rows) expect(row.match(/shop\.localhost/g)).toHaveLength(2);
  });

  it('reaches the gateway though it is private, and nothing else that is', async () => {
    const { out } = await trace('--via', via(), '--json', page('/kept?gclid=Ab1'));
    expect(JSON.parse(out)).toMatchObject({
      isIntact: true,
      direct: { failure: { fault: 'private_address' } },
      via: { isIntact: true, hops: [{ status: 302 }, { status: 308 }, { status: 200 }] },
    });
  });

  it('prints both as JSON, and what became of each parameter', async () => {
    const { out } = await trace('--allow-private', '--json', '--via', via(), page('/dropped?gclid=Ab1'));
    expect(JSON.parse(out)).toMatchObject({
      gateway: via(),
      isIntact: true,
      differingHops: [1, 2],
      parameters: [{ name: 'gclid', direct: 'lost', via: 'whole' }],
    });
  });

  it('judges by the walk through the gateway, in JUnit too', async () => {
    const { code, out } = await trace(
      ...['--allow-private', '--junit', '--via', via()],
      ...[page('/dropped?gclid=Ab1'), page('/lower?gclid=Ab1')],
    );
    expect(code).toBe(1);
    expect(out).toContain('<testsuites tests="2" failures="1" errors="0">');
    expect(out).toContain('gclid: lost direct, whole via the gateway</system-out>');
  });

  it('walks both in Chromium', async () => {
    const { code, out } = await traceWith(
      { CHROMIUM_PATH: await browserPath() },
      ...['--allow-private', '--browser', '--rest', '0.5', '--via', via()],
      page('/dropped?gclid=Chromium'),
    );
    expect(out).toContain('gclid is lost direct and arrives through the gateway');
    expect(code).toBe(0);
  });
});

describe('throughline trace --browser', () => {
  it('counts what scripts do', async () => {
    const { code, out } = await traceWith(
      { CHROMIUM_PATH: await browserPath() },
      ...['--allow-private', '--browser', '--rest', '0.5', page('/cleaner?gclid=Ab1')],
    );
    expect(code).toBe(1);
    expect(out).toContain('gclid lost at hop 1: a script set a new address without the parameter');
    expect(out).toMatch(/2 +JS +http/);
  });

  it('says what to install where there is no Chromium', async () => {
    const { code, err } = await traceWith(
      { CHROMIUM_PATH: '/nowhere/chromium' },
      ...['--browser', 'https://shop.example/?gclid=Ab1'],
    );
    expect(code).toBe(3);
    expect(err).toContain('TL3020');
    expect(err).toContain('CHROMIUM_PATH');
  });
});

describe('throughline trace --consent', () => {
  it.each([
    ['granted', '1.ggggggg', 'statistics:true'],
    ['denied', '1.ddddddd', 'statistics:false'],
  ])('brings the cookies of a visitor who has %s', async (choice, own, other) => {
    const before = site.requests.length;
    await trace('--allow-private', '--consent', choice, page('/away?gclid=Ab1'));
    const [first, second] = site.requests.slice(before);
    expect(first?.headers.cookie).toContain(`tl_consent=${own}`);
    expect(first?.headers.cookie).toContain(other);
    expect(second?.headers.cookie).toBeUndefined();
  });
});

describe('throughline trace and certificates', () => {
  const root = { subject: 'Throughline test root', names: [], from: new Date(0), to: new Date('2100-01-01') };
  const authority = { ...issueCertificate(root), subject: root.subject };
  const good = {
    subject: 'shop.localhost',
    names: ['shop.localhost', 'www.shop.localhost'],
    from: new Date('2020-01-01'),
    to: new Date('2099-01-01'),
  };
  const trust = listOf(authority.cert);

  async function serve(text: Partial<CertificateText>, headers: Readonly<Record<string, string>> = {}) {
    const server = createServer(issueCertificate({ ...good, ...text }, authority), (_req, res) =>
      res.writeHead(200, headers).end(),
    );
    server.listen(0);
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  it.each([
    [{ to: new Date('2021-01-01') }, 'has expired: renew it (CERT_HAS_EXPIRED)'],
    [{ from: new Date('2098-01-01') }, 'is not valid yet: check its dates (CERT_NOT_YET_VALID)'],
    [
      { names: ['elsewhere.example'] },
      'is for other names: add this host to it (ERR_TLS_CERT_ALTNAME_INVALID)',
    ],
  ])('names what is wrong with one: %j', async (text, words) => {
    const port = await serve(text);
    const { code, out } = await traceWith(
      { NODE_EXTRA_CA_CERTS: trust },
      ...['--allow-private', `https://shop.localhost:${port}/?gclid=Ab1`],
    );
    expect(code).toBe(1);
    expect(out).toContain(words);
  });

  it('goes on where the certificate is good', async () => {
    const port = await serve({});
    const { code } = await traceWith(
      { NODE_EXTRA_CA_CERTS: trust },
      ...['--allow-private', `https://shop.localhost:${port}/?gclid=Ab1`],
    );
    expect(code).toBe(0);
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
    [
      'with a gateway that is none',
      ['--via', 'http://127.0.0.1:1/path', 'https://shop.example/'],
      'address of a gateway',
    ],
    ['with an unknown choice', ['--consent', 'maybe', 'https://shop.example/'], 'granted, denied'],
    [
      'with a browser and a gateway of another scheme',
      ['--browser', '--via', 'http://127.0.0.1:8080', 'https://shop.example/'],
      'of the same scheme',
    ],
    ['with clicks and no browser', ['--click', '#a', 'https://shop.example/'], 'Add --browser'],
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
