import { describe, expect, it } from 'vitest';
import { formatPath, formatProblem, formatProblems, type Problem, show } from '../../src/config/problem.ts';

const problem: Problem = {
  code: 'unknown_key',
  file: 'config/throughline.yaml',
  line: 7,
  column: 5,
  key: 'sites.shop.hosst',
  message: '`hosst` is not a key that `sites.shop` has.',
  seen: 'hosst',
  allowed: ['hosts', 'upstream'],
  suggestion: 'hosts',
};

describe('a problem as a person reads it', () => {
  it('says what, where, what was seen and what to do', () => {
    expect(formatProblem(problem, { colour: false })).toBe(
      [
        'config/throughline.yaml:7:5: `hosst` is not a key that `sites.shop` has. [TL1001 unknown_key]',
        '  key      sites.shop.hosst',
        '  seen     hosst',
        '  allowed  hosts, upstream',
        '  fix      Did you mean `hosts`?',
      ].join('\n'),
    );
  });

  it("falls back to the code's own advice", () => {
    const bare: Problem = { code: 'not_found', file: 'a.yaml', message: 'There is no such file.' };
    expect(formatProblem(bare, { colour: false })).toBe(
      'a.yaml: There is no such file. [TL3001 not_found]\n  fix      Correct the path.',
    );
  });

  it('is coloured only where asked', () => {
    const escapeMark = String.fromCharCode(27);
    expect(formatProblem(problem, { colour: true })).toContain(escapeMark);
    expect(formatProblem(problem, { colour: false })).not.toContain(escapeMark);
  });

  it('cannot steer the terminal with what a file contains', () => {
    const hostile = { ...problem, seen: '\u001b[2Jcleared\u202e' };
    const text = formatProblem(hostile, { colour: false });
    expect(text).toContain('\\u{1b}[2Jcleared\\u{202e}');
  });

  it('stands in the order of the file, with the count at the end', () => {
    const later = { ...problem, line: 9 };
    const text = formatProblems([later, problem], { colour: false });
    expect(text.indexOf(':7:5')).toBeLessThan(text.indexOf(':9:5'));
    expect(text.endsWith('\n\n2 problems.')).toBe(true);
  });

  it('cuts a long list of allowed values', () => {
    const allowed = Array.from({ length: 40 }, (_, index) => `name${index}`);
    expect(formatProblem({ ...problem, allowed }, { colour: false })).toContain('name29, and 10 more');
  });
});

describe('a value in a problem', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a "quoted"\ntext', '"a \\"quoted\\"\\ntext"'],
    [['a'], 'a list'],
    [{ secret: 'hunter2' }, 'a map'],
    [5, '5'],
  ])('shows %j as %s', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('is cut when it is long', () => {
    expect(show('x'.repeat(1000))).toHaveLength(80);
  });
});

describe('a path', () => {
  it.each([
    [['sites', 'shop', 'hosts', 0], 'sites.shop.hosts[0]'],
    [['rules', 1, 'set', 'page.title'], 'rules[1].set["page.title"]'],
    [[], ''],
  ])('of %j reads %s', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});
