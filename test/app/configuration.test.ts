import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { load } from '../../src/app/load.ts';
import { configJsonSchema } from '../../src/app/reference.ts';
import { takeSnapshot } from '../../src/app/snapshot.ts';
import { runCases } from '../../src/rules/cases.ts';
import { makeEvent } from '../../src/rules/test-event.ts';

const root = resolve(import.meta.dirname, '../..');

function write(text: string, rules: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-config-'));
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, `${text}\nrules: ${folder}\n`);
  for (const [name, content] of Object.entries(rules)) writeFileSync(join(folder, name), content);
  return file;
}

/** A folder of rules cannot hold the configuration itself, so rules go beside it under another name. */
async function problemsOf(text: string): Promise<
  readonly {
    code: string;
    line?: number;
    column?: number;
    key?: string;
    suggestion?: string;
    message: string;
    seen?: string;
  }[]
> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-config-'));
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, text);
  const result = await load(takeSnapshot(file));
  return result.ok ? [] : result.problems;
}

const site = 'sites:\n  shop:\n    hosts: [shop.example]\n';

describe('shipped configurations', () => {
  it.each(['minimal', 'full', 'demo'])('config/%s.yaml loads without a problem', async (name) => {
    const result = await load(takeSnapshot(join(root, 'config', `${name}.yaml`)));
    expect(result.ok ? [] : result.problems).toEqual([]);
  });

  it('run the tests inside their rule files', async () => {
    const result = await load(takeSnapshot(join(root, 'config/demo.yaml')));
    if (!result.ok) throw new Error('the demo does not load');
    const results = runCases(result.loaded.rules, makeEvent);
    expect(results.length).toBeGreaterThan(3);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('full.yaml names every option of the schema', () => {
    const text = readFileSync(join(root, 'config/full.yaml'), 'utf8');
    const value: unknown = parse(text);
    const missing = missingKeys(configJsonSchema(), value, '').filter(
      (path) => !text.includes(`# ${path.split('.').at(-1)}:`),
    );
    expect(missing).toEqual([]);
  });
});

describe('a configuration with mistakes', () => {
  it('names file, line, column, what was found and the nearest key, all problems at once', async () => {
    const problems = await problemsOf(
      `${site}    upstrem: { url: http://127.0.0.1:3000 }\nedge:\n  port: eighty\nlimit: {}\n`,
    );
    expect(
      problems.map(({ code, line, column, suggestion }) => ({ code, line, column, suggestion })),
    ).toEqual([
      { code: 'unknown_key', line: 4, column: 5, suggestion: 'upstream' },
      { code: 'wrong_type', line: 6, column: 9, suggestion: undefined },
      { code: 'unknown_key', line: 7, column: 1, suggestion: 'limits' },
    ]);
  });

  it('finds hosts that two sites claim', async () => {
    const problems = await problemsOf(`${site}  other:\n    hosts: [shop.example]\n`);
    expect(problems).toMatchObject([{ code: 'host_conflict', line: 5, key: 'sites.other.hosts[0]' }]);
  });

  it('finds paths that two protocols claim', async () => {
    const problems = await problemsOf(
      `${site}capture:\n  throughline: { prefix: /x }\nsdk: { path: /x/e }\n`,
    );
    expect(problems).toMatchObject([{ code: 'path_conflict' }]);
  });

  it('wants a token before the admin port is opened to others', async () => {
    const problems = await problemsOf(`${site}admin: { host: 0.0.0.0 }\n`);
    expect(problems).toMatchObject([
      { line: 4, message: 'The admin port would be open to others without a token.' },
    ]);
  });

  it('wants a proxy that tells http from https before one is redirected to the other', async () => {
    const problems = await problemsOf(`${site}    canonical: { https: true }\n`);
    expect(problems).toMatchObject([{ code: 'missing_key', line: 4, key: 'sites.shop.canonical.https' }]);
  });

  it('names a site that edge.unknownHost cannot find', async () => {
    const problems = await problemsOf(`${site}edge: { unknownHost: shpo }\n`);
    expect(problems).toMatchObject([{ code: 'unknown_reference', suggestion: 'shop' }]);
  });

  it('wants consent needs of a receiver that nothing is known of', async () => {
    const problems = await problemsOf(
      `${site}destinations:\n  hook:\n    type: webhook\n    settings: { url: https://x.example, secret: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= }\n`,
    );
    expect(problems).toMatchObject([{ code: 'missing_key' }]);
    expect(problems[0]?.message).toContain('needs');
  });

  it('names a missing environment variable and never shows a value that came from one', async () => {
    process.env.TL_TEST_BAD_PORT = 'top-secret-value';
    const problems = await problemsOf(
      `${site}edge: { port: "\${TL_TEST_BAD_PORT}", host: "\${TL_TEST_NOT_SET}" }\n`,
    );
    expect(problems.length).toBe(2);
    expect(JSON.stringify(problems)).toContain('TL_TEST_NOT_SET');
    expect(JSON.stringify(problems)).not.toContain('top-secret-value');
  });

  it('reports rule files with theirs', async () => {
    const file = write(
      `${site}destinations:\n  archive: { type: ndjson, needs: { required: [] }, settings: { path: x } }`,
    );
    writeFileSync(
      join(file, '..', 'a.yaml'),
      'rules:\n  - name: r\n    when: event.nme == "x"\n    to: [archiv]\n',
    );
    const result = await load({
      ...takeSnapshot(file),
      rules: takeSnapshot(file).rules.filter((rule) => rule.file.endsWith('a.yaml')),
    });
    const problems = result.ok ? [] : result.problems;
    expect(problems.map(({ line, suggestion }) => ({ line, suggestion }))).toEqual([
      { line: 3, suggestion: 'event.name' },
      { line: 4, suggestion: 'archive' },
    ]);
  });
});

/** Keys that the schema knows and the value does not have; variants of a union count when one of them fits. */
function missingKeys(schema: unknown, value: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null || typeof value !== 'object' || value === null) return [];
  const { properties } = schema as { properties?: Record<string, unknown> };
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, child]) => {
      const at = path === '' ? key : `${path}.${key}`;
      if (!Object.hasOwn(value, key)) return [at];
      return missingKeys(child, (value as Record<string, unknown>)[key], at);
    });
  }
  const { additionalProperties } = schema as { additionalProperties?: unknown };
  if (typeof additionalProperties !== 'object') return [];
  // A destination's own settings are documented on their page.
  if (path === 'destinations') return [];
  return Object.entries(value).flatMap(([key, child]) =>
    missingKeys(additionalProperties, child, `${path}.${key}`),
  );
}
