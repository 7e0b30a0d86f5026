import { describe, expect, it } from 'vitest';
import { lineOf, logLines, openStore } from '../store/store.ts';
import { run } from './run.ts';

/** A data file with one landing of two hours ago and one of ten days ago. */
function dataFile(): string {
  const { path, writer, close } = openStore();
  const landing = (hoursAgo: number, source: string): string =>
    lineOf({ id: source, site: 'shop', receivedAtMs: Date.now() - hoursAgo * 3_600_000, campaign: {} }, [
      {
        stop: 'campaign',
        reason: 'touch_read',
        facts: {
          parameters: [{ name: 'utm_source', raw: source }],
          hygiene: [{ problem: 'mixed_case', parameter: 'utm_source' }],
        },
      },
    ]);
  logLines(writer, [landing(240, 'Old'), landing(2, 'Google')], 0);
  close();
  return path;
}

describe('throughline hygiene', () => {
  it('lists problems of the last seven days, and says what to do', async () => {
    const { code, out } = await run('hygiene', '--data', dataFile());
    expect(code).toBe(0);
    expect(out).toMatch(/mixed_case +utm_source +Google +1 /);
    expect(out).toContain('Write it in lower case.');
    expect(out).not.toContain('Old');
  });

  it('looks back as far as it is told, and prints rows for machines', async () => {
    const { out } = await run('hygiene', '--data', dataFile(), '--since', '30d', '--json');
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      { problem: 'mixed_case', example: 'Old', count: 1, firstAt: expect.stringContaining('T') },
      { problem: 'mixed_case', example: 'Google', what: expect.any(String), fix: expect.any(String) },
    ]);
  });

  it('says so where there is nothing to mend', async () => {
    const { out } = await run('hygiene', '--data', dataFile(), '--site', 'other');
    expect(out).toContain('No problem was found in 0 events');
  });

  it.each([
    ['--since', 'soon'],
    ['--limit', '0'],
  ])('ends with 3 where %s is %s', async (option, value) => {
    const { code, err } = await run('hygiene', '--data', dataFile(), option, value);
    expect(code).toBe(3);
    expect(err).toContain(option);
  });

  it('ends with 1 where there is no data file', async () => {
    const { code, err } = await run('hygiene', '--data', '/nowhere/t.db');
    expect(code).toBe(1);
    expect(err).toContain('TL3001');
  });
});
