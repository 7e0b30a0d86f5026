import { describe, expect, it } from 'vitest';
import { makeEvent } from '../../src/rules/test-event.ts';
import { lineOf, logLines, openStore } from '../store/store.ts';
import { run } from './run.ts';

const hourMs = 3_600_000;
const startMs = Date.now() - 12 * hourMs;

/** One visitor who comes by a campaign, and 30 minutes later to the second by another. */
function dataFile(): string {
  const { path, writer, close } = openStore();
  const views = [
    { atMs: startMs, campaign: 'spring' },
    { atMs: startMs + 30 * 60_000, campaign: 'autumn' },
  ].map(({ atMs, campaign }, index) => {
    const touch = {
      kind: 'campaign',
      source: 'google',
      medium: 'cpc',
      campaign,
      clickIds: {},
      channel: 'Paid Search',
      atMs,
    };
    const visitor = { key: 'v1', isNew: false, firstSeenAtMs: startMs, clientIds: {} };
    const made = makeEvent({
      id: `e${index}`,
      name: 'page_view',
      site: 'shop',
      occurredAtMs: atMs,
      receivedAtMs: atMs,
      visitor,
      campaign: { touch },
    });
    return lineOf(made.ok ? made.event : expect.fail('no event'));
  });
  logLines(writer, views, 0);
  close();
  return path;
}

describe('throughline sessions define', () => {
  it('says in words what the configuration makes a session', async () => {
    const { code, out } = await run('sessions', 'define', '--config', 'config/demo.yaml');
    expect(code).toBe(0);
    expect(out).toContain('configured  as configured, from Throughline');
    expect(out).toContain('A session ends after more than 30 minutes without an event');
  });

  it('says how a tool counts, and where it cannot be followed, without a configuration', async () => {
    const { code, out } = await run(
      'sessions',
      'define',
      '--config',
      'none.yaml',
      '--preset',
      'adobe',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: 'adobe',
      title: 'Adobe Analytics',
      rules: expect.arrayContaining(['It lasts 12 hours at most, and has 2500 events at most.']),
      differences: ['Its end after more than 100 hits within 100 seconds is left out.'],
    });
  });

  it('lists the names there are', async () => {
    const { code, err } = await run('sessions', 'define', '--preset', 'ga5');
    expect(code).toBe(3);
    expect(err).toContain('Allowed choices are configured, throughline, ga4');
  });
});

describe('throughline sessions compare', () => {
  it('puts the counts beside each other and says why they differ', async () => {
    const { code, out } = await run(
      'sessions',
      'compare',
      '--data',
      dataFile(),
      '--config',
      'none.yaml',
      '--by',
      'channel',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/channel +configured +ga4 +ua +matomo\n/);
    expect(out).toMatch(/Paid Search +1 +1 +2 \+100% +2 \+100%\n/);
    expect(out).toMatch(/configured → ua {2}\+1\n +\+1 +campaign +another source begins a session\n/);
  });

  it('is one object in JSON, whose bridges add up', async () => {
    const args = ['--data', dataFile(), '--config', 'none.yaml', '--definitions', 'ga4,ua', '--json'];
    const { out } = await run('sessions', 'compare', ...args);
    expect(JSON.parse(out)).toMatchObject({
      definitions: ['ga4', 'ua'],
      timeZone: 'UTC',
      totals: [1, 2],
      events: 2,
      bridges: [{ from: 'ga4', to: 'ua', steps: expect.arrayContaining([{ step: 'campaign', change: 1 }]) }],
    });
  });

  it.each([
    [['--definitions', 'ga4'], '--definitions is ga4. Name two to 5 different ones'],
    [['--definitions', 'ga4,ga5'], '--definitions names ga5. There are: configured, throughline, ga4'],
    [['--since', 'never'], '--since is never. Write a time such as 30m, 12h or 7d.'],
    [['--timezone', 'Mars/Olympus'], '--timezone is Mars/Olympus. Write an IANA time zone'],
  ])('refuses %j and says what is allowed', async (args, message) => {
    const { code, err } = await run(
      'sessions',
      'compare',
      '--data',
      'none.db',
      '--config',
      'none.yaml',
      ...args,
    );
    expect(code).toBe(3);
    expect(err).toContain(message);
  });
});
