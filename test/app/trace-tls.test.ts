import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createPlainServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openWalker, type Walker } from '../../src/app/trace-walker.ts';
import { browserPath } from '../e2e/browser.ts';
import { type Certificate, issueCertificate } from './certificates.ts';

const root = { subject: 'Throughline test root', names: [], from: new Date(0), to: new Date('2100-01-01') };
const authority = { ...issueCertificate(root), subject: root.subject };
const subject = 'shop.localhost';
const good = { subject, names: [subject], from: new Date('2020-01-01'), to: new Date('2099-01-01') };

const certificates: Readonly<Record<string, Certificate>> = {
  expired: issueCertificate({ ...good, to: new Date('2021-01-01') }, authority),
  'for later': issueCertificate({ ...good, from: new Date('2098-01-01') }, authority),
  'for another host': issueCertificate({ ...good, names: ['elsewhere.example'] }, authority),
  'self-signed': issueCertificate(good),
  'of an authority that nobody knows': issueCertificate(good, authority),
};

async function serve(certificate: Certificate, ca?: string): Promise<number> {
  const server: Server = createServer({ ...certificate, ...(ca && { ca }) }, (_req, res) => res.end());
  server.listen(0);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

let walkers: Readonly<Record<'http' | 'chromium', Walker>>;

async function open(engine: 'http' | 'chromium'): Promise<Walker> {
  process.env['CHROMIUM_PATH'] = await browserPath();
  const walker = await openWalker({
    engine,
    policy: 'any',
    device: 'desktop',
    headers: {},
    clicks: [],
    restMs: 300,
    maxHops: 20,
    hopTimeoutMs: 10_000,
    nowMs: Date.now,
  });
  if ('problem' in walker) throw new Error(walker.problem);
  return walker;
}

beforeAll(async () => {
  walkers = { http: await open('http'), chromium: await open('chromium') };
});
afterAll(() => Promise.all(Object.values(walkers).map((walker) => walker.close())));

describe('a certificate that no browser accepts', () => {
  // Both check the chain first, so that only one of the authority is told apart by what else is wrong with it.
  it.each([
    ['http', 'self-signed', 'is self-signed'],
    ['http', 'of an authority that nobody knows', 'chain of shop.localhost'],
    ['chromium', 'expired', 'certificate of shop.localhost'],
    ['chromium', 'for later', 'certificate of shop.localhost'],
    ['chromium', 'for another host', 'certificate of shop.localhost'],
    ['chromium', 'self-signed', 'self-signed'],
  ] as const)('is told apart by %s: %s', async (engine, kind, words) => {
    const port = await serve(certificates[kind] ?? authority);
    const { failure } = await walkers[engine].walk(new URL(`https://shop.localhost:${port}/?gclid=Ab1`));
    expect(failure).toMatchObject({ hop: 1, fault: 'tls' });
    expect(failure?.message).toContain(words);
    expect(failure?.message).toContain('A browser would stop here');
  });
});

describe('a connection that comes to nothing', () => {
  it('is told apart where the server speaks something else', async () => {
    const server = createPlainServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n')).listen(0);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { failure } = await walkers.http.walk(new URL(`http://shop.localhost:${port}/`));
    expect(failure).toMatchObject({ hop: 1, fault: 'bad_answer' });
    expect(failure?.message).toContain('no readable HTTP');
  });
});
