import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './run.ts';

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-cli-'));
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, `${text}store: { path: ${join(folder, 'data.db')} }\n`);
  return file;
}

const collector = 'sites:\n  shop:\n    hosts: [shop.example]\n';

describe('every command', () => {
  it.each([
    ['start'],
    ['check'],
    ['rules', 'test'],
    ['explain'],
    ['tail'],
    ['hygiene'],
    ['trace'],
    ['canary'],
    ['config', 'schema'],
    ['version'],
  ])('%s %s has help with examples', async (...command) => {
    const { code, out } = await run(...command.filter((word) => word !== undefined), '--help');
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
  });

  it('ends with 3 where it is used wrongly, and suggests what was meant', async () => {
    const { code, err } = await run('chekc');
    expect(code).toBe(3);
    expect(err).toContain('check');
  });

  it('ends with 2 where the configuration is wrong', async () => {
    const { code, err } = await run(
      'check',
      '--config',
      configFile('sites:\n  shop:\n    hsots: [a.example]\n'),
    );
    expect(code).toBe(2);
    expect(err).toContain('hosts');
    expect(err).toMatch(/throughline\.yaml:3:5/);
  });

  it('ends with 2 where there is no configuration', async () => {
    expect((await run('check', '--config', '/nowhere.yaml')).code).toBe(2);
  });
});

describe('throughline version', () => {
  it('prints versions for machines', async () => {
    const { out } = await run('version', '--json');
    expect(JSON.parse(out)).toMatchObject({
      throughline: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.versions.node,
    });
  });
});

describe('throughline check', () => {
  it('ends with 0 for a collector', async () => {
    const { code, out } = await run('check', '--config', configFile(collector));
    expect(code).toBe(0);
    expect(out).toContain('a collector only');
  });

  it('ends with 1 where the upstream does not answer', async () => {
    const file = configFile(`${collector}    upstream: { url: 'http://127.0.0.1:9' }\n`);
    const { code, out } = await run('check', '--config', file);
    expect(code).toBe(1);
    expect(out).toContain('http://127.0.0.1:9 does not answer');
  });

  it('shows which client address would be believed', async () => {
    const file = configFile(`${collector}edge: { trustedProxies: [10.0.0.0/8] }\n`);
    const header = 'X-Forwarded-For: 203.0.113.7, 10.0.0.9';
    const trusted = await run(
      'check',
      '--offline',
      '--config',
      file,
      '--peer',
      '10.0.0.5',
      '--header',
      header,
    );
    expect(trusted.out).toContain('203.0.113.7, from the header x-forwarded-for');
    const stranger = await run(
      'check',
      '--offline',
      '--config',
      file,
      '--peer',
      '198.51.100.1',
      '--header',
      header,
    );
    expect(stranger.out).toContain('198.51.100.1, from the connection');
  });

  it('prints one JSON object for machines', async () => {
    const { out } = await run('check', '--json', '--config', configFile(collector));
    expect(JSON.parse(out)).toMatchObject({ ok: true, checks: expect.any(Array) });
  });
});

describe('throughline rules test', () => {
  it('passes for the shipped rules and prints how many', async () => {
    const { code, out } = await run(
      'rules',
      'test',
      '--config',
      resolve(import.meta.dirname, '../../config/demo.yaml'),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ passed, 0 failed/);
  });
});

describe('throughline config schema', () => {
  it('prints a JSON Schema', async () => {
    const { out } = await run('config', 'schema');
    expect(JSON.parse(out)).toMatchObject({ $schema: expect.stringContaining('2020-12'), type: 'object' });
  });
});

describe('throughline explain', () => {
  it('says so where nothing is stored yet', async () => {
    const { code, err } = await run('explain', 'A-1', '--config', configFile(collector));
    expect(code).toBe(1);
    expect(err).toContain('TL3001');
  });
});
