import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Sources } from '../../src/config/interpolate.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { Secret, secretSchema } from '../../src/model/secret.ts';

const schema = z.strictObject({
  port: z.int().min(1).max(65_535).default(8080),
  sites: z
    .record(
      z.string(),
      z.strictObject({
        hosts: z.array(z.string()).min(1),
        upstream: z.url(),
        timezone: z.string().exactOptional(),
      }),
    )
    .default({}),
  destinations: z
    .record(
      z.string(),
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('webhook'), url: z.url(), key: secretSchema('Signs requests.') }),
        z.strictObject({ type: z.literal('ndjson'), path: z.string().min(1) }),
      ]),
    )
    .default({}),
  mode: z.enum(['opt_in', 'opt_out']).default('opt_in'),
  apply: z.union([z.literal('all'), z.array(z.string())]).exactOptional(),
  debug: z.boolean().default(false),
});

const noSources: Sources = { env: () => undefined, file: () => undefined };

function problemsOf(text: string, sources: Sources = noSources) {
  const parsed = parseConfig(schema, text, 'c.yaml', sources);
  return parsed.ok ? [] : parsed.problems;
}

describe('checking a configuration', () => {
  it('fills in defaults, also for an empty file', () => {
    const parsed = parseConfig(schema, '', 'c.yaml', noSources);
    expect(parsed.ok && parsed.value.port).toBe(8080);
  });

  it.each([
    ['prot: 1', { code: 'unknown_key', line: 1, column: 1, seen: 'prot', suggestion: 'port' }],
    ['port: lots', { code: 'wrong_type', line: 1, column: 7, key: 'port', seen: '"lots"' }],
    ['port: 70000', { code: 'invalid_value', message: '`port` must be at most 65535.', seen: '70000' }],
    ['mode: optin', { code: 'invalid_value', allowed: ['opt_in', 'opt_out'], suggestion: 'opt_in' }],
    ['apply: 5', { code: 'invalid_value', allowed: ['all', 'a list'], seen: '5' }],
    ['apply: [1]', { code: 'wrong_type', key: 'apply[0]', line: 1, column: 9 }],
    [
      'sites:\n  shop:\n    hosst: [a]\n    upstream: https://x.example',
      { code: 'unknown_key', line: 3, column: 5, key: 'sites.shop.hosst', suggestion: 'hosts' },
    ],
    [
      'sites:\n  shop:\n    hosts: [a]',
      { code: 'missing_key', line: 2, column: 3, key: 'sites.shop.upstream' },
    ],
    [
      'sites:\n  shop: { hosts: [], upstream: https://x.example }',
      { code: 'invalid_value', message: '`sites.shop.hosts` must have at least 1 entry.' },
    ],
    [
      'destinations:\n  d: { type: webhok }',
      { code: 'invalid_value', line: 2, column: 14, suggestion: 'webhook', allowed: ['webhook', 'ndjson'] },
    ],
    [
      'destinations:\n  d: { path: x }',
      { code: 'missing_key', key: 'destinations.d.type', allowed: ['webhook', 'ndjson'] },
    ],
    [
      'destinations:\n  d: { type: ndjson, path: x, patth: y }',
      { code: 'unknown_key', suggestion: 'path', allowed: ['type', 'path'] },
    ],
    ['__proto__: { port: 1 }', { code: 'unknown_key', seen: '__proto__' }],
    ['- a', { code: 'wrong_type', seen: 'a list', message: 'The file must be a map of keys and values.' }],
  ])('places the problem of %j', (text, problem) => {
    expect(problemsOf(text)).toMatchObject([problem]);
  });

  it('reports all problems at once, in the order of the file', () => {
    const text = 'port: x\nmode: y\nsites:\n  shop: { upstream: z }\nnothing: 1\n';
    expect(problemsOf(text).map(({ code, line }) => `${line} ${code}`)).toEqual([
      '1 wrong_type',
      '2 invalid_value',
      '4 missing_key',
      '4 invalid_value',
      '5 unknown_key',
    ]);
  });

  it('reports a misspelt required key once, not as missing as well', () => {
    const text = 'destinations:\n  d: { type: ndjson, pth: x }';
    expect(problemsOf(text)).toMatchObject([{ code: 'unknown_key', suggestion: 'path' }]);
  });

  it('lets the application place problems of its own', () => {
    const parsed = parseConfig(schema, 'apply: [nowhere]\n', 'c.yaml', noSources);
    if (!parsed.ok) throw new Error('not parsed');
    const problem = parsed.report(['apply', 0], { code: 'unknown_reference', message: 'No such thing.' });
    expect(problem).toMatchObject({ line: 1, column: 9, key: 'apply[0]', seen: '"nowhere"' });
  });
});

describe('values from outside the file', () => {
  const sources: Sources = {
    env: (name) =>
      new Map([
        ['PORT', '9090'],
        ['DEBUG', 'true'],
        ['KEY', 'hunter2'],
        ['EMPTY', ''],
      ]).get(name),
    file: (path) => (path === '/run/key' ? 'from-file\n' : undefined),
  };
  const webhook = (key: string) =>
    `destinations:\n  d: { type: webhook, url: https://x.example, key: "${key}" }`;

  it('come from the environment, with the type that the schema asks for', () => {
    const parsed = parseConfig(schema, `port: \${PORT}\ndebug: \${DEBUG}`, 'c.yaml', sources);
    expect(parsed.ok && [parsed.value.port, parsed.value.debug]).toEqual([9090, true]);
  });

  it.each([
    ['the environment', `\${KEY}`, 'hunter2'],
    ['a file, without its last line break', `\${file:/run/key}`, 'from-file'],
    ['a default', `\${NOBODY:-plan b}`, 'plan b'],
    ['a default where the variable is empty', `\${EMPTY:-plan b}`, 'plan b'],
    ['a mixture', `a-\${KEY}-\${file:/run/key}`, 'a-hunter2-from-file'],
    ['nothing at all, escaped', `$\${KEY}`, `\${KEY}`],
  ])('fill in from %s', (_, written, expected) => {
    const parsed = parseConfig(schema, webhook(written), 'c.yaml', sources);
    const found = parsed.ok ? parsed.value.destinations['d'] : undefined;
    expect(found?.type === 'webhook' && found.key instanceof Secret && found.key.reveal()).toBe(expected);
  });

  it.each([
    [`\${NOBODY}`, 'missing_variable', 'The environment variable `NOBODY` is not set.'],
    [`\${file:/nowhere}`, 'unreadable_file', 'The file `/nowhere` cannot be read.'],
    [`\${not a name}`, 'bad_reference', `A \${…} reference is malformed.`],
    [`\${KEY`, 'bad_reference', `A \${…} reference is malformed.`],
    [`\${A:-\${B}}`, 'bad_reference', `A \${…} reference is malformed.`],
  ])('are a problem at their place: %s', (written, code, message) => {
    expect(problemsOf(webhook(written), sources)).toMatchObject([{ code, message, line: 2, column: 52 }]);
  });

  it('do not hide the other problems of the file when one is missing', () => {
    expect(problemsOf(`port: \${NOBODY}\nmode: x\n`).map(({ code }) => code)).toEqual([
      'missing_variable',
      'invalid_value',
    ]);
  });

  it('never show in a problem, nor do secrets that stand in the file', () => {
    const text = [
      `mode: \${KEY}`,
      `port: \${KEY}`,
      'destinations:',
      `  a: { type: webhook, url: "\${KEY}", key: 987654321 }`,
      '  b: { type: webhook, url: https://x.example, key: "" }',
    ].join('\n');
    const shown = formatProblems(problemsOf(text, sources), { colour: false });
    expect(shown).not.toMatch(/hunter2|987654321/);
    expect(shown.match(/seen {5}\*\*\*/g)).toHaveLength(5);
  });

  it('are not read as YAML or as further references', () => {
    const hostile: Sources = {
      env: (name) => (name === 'K' ? `x, b: \${J}` : 'leak'),
      file: () => undefined,
    };
    const parsed = parseConfig(schema, webhook(`\${K}`), 'c.yaml', hostile);
    const found = parsed.ok ? parsed.value.destinations['d'] : undefined;
    expect(found?.type === 'webhook' && found.key.reveal()).toBe(`x, b: \${J}`);
  });
});
