import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/contract/storable.ts';
import { openLogFile } from '../../src/store/log/file.ts';
import { logFolderOf } from '../../src/store/log/segments.ts';
import { eventOf, policy, startMs, startPipeline } from '../pipeline/gateway.ts';
import { openStore } from '../store/store.ts';
import { run } from './run.ts';

const email = 'Ada.Lovelace@example.com';

function person(key: string, id: string, changes: Parameters<typeof eventOf>[0] = {}) {
  const visitor = {
    key,
    isNew: false,
    firstSeenAtMs: startMs,
    userId: `user-of-${key}`,
    clientIds: { ga: `ga-of-${key}` },
  };
  return eventOf({ id, visitor, campaign: {}, ...changes });
}

/** Ada's page view and order, an event of hers that is only in the log yet, and Bob's. Returns the configuration. */
async function stopped(): Promise<{
  readonly config: string;
  readonly folder: string;
  readonly path: string;
}> {
  const { path, writer, close, take } = startPipeline();
  take(
    person('canary-ada', 'view-1'),
    person('canary-ada', 'order-1', {
      name: 'purchase',
      commerce: { transactionId: 'canary-order', value: 5, currency: 'EUR' },
      user: { emails: [email] },
    }),
    person('canary-bob', 'view-2'),
  );
  const items = writer.take('receiver', 9, startMs);
  writer.record(items.map(({ id }) => ({ id, kind: 'delivered', atMs: startMs, note: 'HTTP 204' })));
  const log = openLogFile(logFolderOf(path), { firstOffset: 4, maxSegmentBytes: 1e6 });
  await log.commit([redact(person('canary-ada', 'view-3'), [], policy).line]);
  await log.close();
  close();
  const folder = dirname(path);
  const config = join(folder, 'throughline.yaml');
  writeFileSync(
    config,
    `sites: { shop: { hosts: [shop.example] } }
destinations:
  receiver:
    type: webhook
    needs: { required: [analytics_storage] }
    settings: { url: 'https://hooks.example/in', secret: whsec_${Buffer.alloc(32, 7).toString('base64')} }
rules: ${folder}/rules
store: { path: ${path} }
`,
  );
  return { config, folder, path };
}

/** Every byte that is kept, the configuration aside. */
function bytesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.yaml'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('throughline privacy', () => {
  it('exports everything of the visitors behind an e-mail address, however it is written', async () => {
    const { config } = await stopped();
    const { code, out, err } = await run(
      'privacy',
      'export',
      '--email',
      email.toLowerCase(),
      '--json',
      '--config',
      config,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const answer = JSON.parse(out);
    expect(answer.events.map(({ event }: { event: { id: string } }) => event.id)).toEqual([
      'view-1',
      'order-1',
      'view-3',
    ]);
    expect(answer.visitors).toEqual([{ site: 'shop', key: 'canary-ada' }]);
    expect(answer.clientIds).toEqual({ ga: ['ga-of-canary-ada'], userId: ['user-of-canary-ada'] });
    expect(answer.destinations).toMatchObject([{ destination: 'receiver', type: 'webhook', events: 2 }]);
    expect(out).not.toContain('canary-bob');
  });

  it.each([
    ['--visitor', 'canary-ada'],
    ['--user', 'user-of-canary-ada'],
    ['--order', 'canary-order'],
  ])('finds the same by %s', async (option, value) => {
    const { config } = await stopped();
    const { out } = await run('privacy', 'export', option, value, '--config', config);
    expect(out).toContain('3 events of 1 visitors');
    expect(out).toContain('By hand: ask whoever runs the receiver');
  });

  it('erases every byte of theirs, and nothing of others', async () => {
    const { config, folder, path } = await stopped();
    expect(bytesIn(folder)).toContain('canary-ada');
    const { code, out, err } = await run(
      'privacy',
      'erase',
      '--order',
      'canary-order',
      '--yes',
      '--json',
      '--config',
      config,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ found: { events: 3 }, erased: { events: 3, states: 1 } });
    const left = bytesIn(folder);
    for (const canary of ['canary-ada', 'canary-order', 'Lovelace', 'view-1', 'order-1', 'view-3'])
      expect(left).not.toContain(canary);
    expect(left).toContain('canary-bob');
    const { writer } = openStore(path);
    expect(writer.take('receiver', 9, 1e15)).toEqual([]);
    expect(writer.take('archive', 9, 1e15).map(({ eventId }) => eventId)).toEqual(['view-2']);
  });

  it('deletes nothing without --yes', async () => {
    const { config, folder } = await stopped();
    const { code, out } = await run('privacy', 'erase', '--visitor', 'canary-ada', '--config', config);
    expect(code).toBe(0);
    expect(out).toContain('Nothing was deleted. Add --yes');
    expect(bytesIn(folder)).toContain('canary-ada');
  });

  it('finds nobody on another site, and says so', async () => {
    const { config } = await stopped();
    const { code, out } = await run('privacy', 'export', '--visitor', 'stranger', '--config', config);
    expect({ code, out }).toEqual({ code: 0, out: 'Nothing is stored of them.\n' });
  });

  it.each([
    { title: 'nobody', args: [], says: 'exactly one of' },
    { title: 'two ways at once', args: ['--visitor', 'a', '--order', 'b'], says: 'exactly one of' },
    { title: 'no address', args: ['--email', 'nobody'], says: 'no e-mail address' },
    { title: 'an unknown site', args: ['--visitor', 'a', '--site', 'blog'], says: 'The sites are shop' },
  ])('is not used for $title', async ({ args, says }) => {
    const { config } = await stopped();
    const { code, err } = await run('privacy', 'erase', ...args, '--config', config);
    expect(code).toBe(3);
    expect(err).toContain(says);
  });
});
