import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret, secretSchema } from '../../src/model/secret.ts';
import { createLogger } from '../../src/observe/logger.ts';

const value = 'hunter2-hunter2';
const secret = new Secret(value);

function logged(format: 'json' | 'text', facts: object): string {
  const lines: string[] = [];
  createLogger('info', format, { write: (line) => void lines.push(line), nowMs: () => 0 }).info(
    facts,
    'said',
  );
  return lines.join('');
}

describe('a secret', () => {
  it.each<readonly [string, () => unknown]>([
    ['a template', () => `${secret}`],
    ['String()', () => String(secret)],
    ['joining', () => [secret].join()],
    ['JSON', () => JSON.stringify({ secret })],
    ['JSON in depth', () => JSON.stringify({ a: [{ secret }] })],
    ['inspect', () => inspect({ secret }, { showHidden: true, depth: 9 })],
    ['format %s', () => format('%s', secret)],
    ['format %o', () => format('%o', secret)],
    ['format %j', () => format('%j', { secret })],
    ['an error', () => new Error(`cannot use ${secret}`).message],
    ['the log for machines', () => logged('json', { secret })],
    ['the log for machines, in depth', () => logged('json', { settings: { headers: [secret] } })],
    ['the log for people', () => logged('text', { secret })],
    ['the log for people, in depth', () => logged('text', { settings: { headers: [secret] } })],
  ])('prints as *** in %s', (_where, print) => {
    const printed = String(print());
    expect(printed).toContain('***');
    expect(printed).not.toContain(value);
  });

  it.each<readonly [string, () => unknown]>([
    ['inspect without its own words', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['its properties', () => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ['a spread', () => JSON.stringify({ ...secret })],
    ['a structured clone', () => inspect(structuredClone(secret))],
  ])('does not show in %s', (_where, print) => {
    expect(String(print())).not.toContain(value);
  });

  it('is revealed where it is asked for', () => {
    expect(secret.reveal()).toBe(value);
  });
});

describe('a secret of the configuration', () => {
  const schema = z.strictObject({ token: secretSchema('The token.') });

  it('is a secret once it is parsed', () => {
    const { token } = schema.parse({ token: value });
    expect(token.reveal()).toBe(value);
    expect(JSON.stringify(token)).toBe('"***"');
  });

  it('is never empty, and a problem does not repeat it', () => {
    expect(schema.safeParse({ token: '' }).success).toBe(false);
    const { error } = schema.safeParse({ token: value, other: value });
    expect(JSON.stringify(error?.issues)).not.toContain(value);
  });
});
