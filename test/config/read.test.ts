import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/config/read.ts';

function problemsOf(text: string) {
  const read = readYaml(text, 'a.yaml');
  return read.ok ? [] : read.problems.map(({ code, line, column }) => ({ code, line, column }));
}

describe('reading YAML', () => {
  it('gives the value and where everything stands', () => {
    const read = readYaml('sites:\n  shop:\n    hosts: [a, b]\n', 'a.yaml');
    if (!read.ok) throw new Error('not read');
    expect(read.value).toEqual({ sites: { shop: { hosts: ['a', 'b'] } } });
    expect(read.positions.key(['sites', 'shop', 'hosts'])).toEqual({ file: 'a.yaml', line: 3, column: 5 });
    expect(read.positions.value(['sites', 'shop', 'hosts', 1])).toMatchObject({ line: 3, column: 16 });
  });

  it('gives the nearest ancestor where a path is not there', () => {
    const read = readYaml('a:\n  b: 1\n', 'a.yaml');
    expect(read.ok && read.positions.key(['a', 'c', 'd'])).toMatchObject({ line: 1, column: 1 });
  });

  it('follows aliases to the places of their anchors', () => {
    const read = readYaml('a: &x { b: 1 }\nc: *x\n', 'a.yaml');
    expect(read.ok && read.positions.value(['c', 'b'])).toMatchObject({ line: 1, column: 12 });
  });

  it.each([
    ['a: 1\na: 2\n', { code: 'duplicate_key', line: 2, column: 1 }],
    ['a: [1\n', { code: 'yaml_syntax', line: 2, column: 1 }],
    ['a:\n\t- b\n', { code: 'yaml_syntax', line: 2, column: 1 }],
    ['a: *nobody\n', { code: 'yaml_syntax', line: 1, column: 4 }],
    ['a: !!js/function x\n', { code: 'yaml_syntax', line: 1, column: 4 }],
    ['a: 1\n---\nb: 2\n', { code: 'yaml_syntax', line: 2, column: 1 }],
    ['? [a]\n: 1\n', { code: 'yaml_syntax', line: 1, column: 3 }],
  ])('refuses %j at its place', (text, problem) => {
    expect(problemsOf(text)).toContainEqual(problem);
  });

  it('refuses an alias bomb before it goes off', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? Array(9).fill('x') : Array(9).fill(`*l${level - 1}`);
      return `l${level}: &l${level} [${items.join(', ')}]`;
    });
    expect(problemsOf(levels.join('\n')).map(({ code }) => code)).toEqual(['too_complex']);
    expect(problemsOf(levels.slice(0, 7).join('\n')).map(({ code }) => code)).toEqual(['too_complex']);
  });

  it('refuses files that are too large or too deep', () => {
    expect(problemsOf(`a: ${'x'.repeat(1_100_000)}`)).toMatchObject([{ code: 'too_complex' }]);
    expect(problemsOf('['.repeat(20_000)).map(({ code }) => code)).toContain('too_complex');
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      ' ',
      '\n',
      ':',
      '-',
      '[',
      '{',
      '&a',
      '*a',
      '|',
      '>',
      '"',
      "'",
      '#',
      '!',
      'x',
      '\t',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const read = readYaml(source, 'a.yaml');
        expect(read.ok || read.problems.length > 0).toBe(true);
      }),
    );
  });
});

describe('the place inside a text', () => {
  it.each([
    ['a plain text', 'a: one two three', 4, [1, 8]],
    ['a quoted text', 'a: "one two"', 4, [1, 9]],
    ['a quoted text with escapes', 'a: "say \\"x\\" two"', 8, [1, 15]],
    ['a literal block', 'a: |\n  one\n    two\n', 6, [3, 5]],
    ['a folded block', 'a: >-\n  one\n  two\n', 4, [3, 3]],
    ['the end of a text', 'a: one ==', 6, [1, 10]],
  ])('is found in %s', (_, text, offset, [line, column]) => {
    const read = readYaml(text, 'a.yaml');
    expect(read.ok && read.positions.inside(['a'], offset)).toEqual({ file: 'a.yaml', line, column });
  });
});
