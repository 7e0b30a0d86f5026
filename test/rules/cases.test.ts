import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as highValue from '../../rules/high-value.ts';
import { runCases } from '../../src/rules/cases.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { defineRule, rulesOfModule } from '../../src/rules/define.ts';
import { makeEvent } from '../../src/rules/test-event.ts';
import { rulesOf } from './events.ts';

const rules = `rules:
  - { name: all, to: [archive] }
  - { name: orders, when: event.name == "purchase", to: [receiver], consent: [ad_storage], set: { properties.tier: '"x"' } }
`;

function results(test: string) {
  return runCases(rulesOf(`${rules}tests:\n  - ${test}\n`), makeEvent);
}

describe('tests inside rule files', () => {
  it('pass where destinations and values are as expected', () => {
    expect(
      results(
        '{ name: t, event: { name: purchase }, expect: { to: [receiver, archive], values: { receiver: { properties.tier: x }, archive: { properties.tier: null } } } }',
      ),
    ).toEqual([{ file: 'r.yaml', line: 5, name: 't', ok: true, differences: [] }]);
  });

  it('show what was expected, what came, and why', () => {
    const [result] = results('{ name: t, event: {}, expect: { to: [receiver] } }');
    expect(result?.differences).toEqual([
      'to: expected [receiver], got [archive]',
      '  all: rule_matched',
      '  orders: rule_not_matched (event.name == "purchase")',
    ]);
  });

  it('show values that differ', () => {
    const [result] = results(
      '{ name: t, event: { name: purchase }, expect: { to: [receiver, archive], values: { receiver: { properties.tier: y } } } }',
    );
    expect(result?.differences).toEqual(['receiver: properties.tier: expected "y", got "x"']);
  });

  it('do not reach a destination whose rule asks for consent that the event lacks', () => {
    const [result] = results(
      '{ name: t, event: { name: purchase, consent: { types: { ad_storage: { granted: false } } } }, expect: { to: [archive] } }',
    );
    expect(result?.ok).toBe(true);
  });

  it('work for rules in TypeScript', () => {
    const definition = defineRule({
      name: 'm',
      to: ['receiver'],
      when: () => true,
      tests: [{ name: 'fails', event: {}, expect: { to: [] } }],
    });
    const compiled = compileRules([{ file: 'm.ts', rules: [definition] }], { destinations: ['receiver'] });
    expect(runCases(compiled.rules, makeEvent)).toMatchObject([{ file: 'm.ts', name: 'fails', ok: false }]);
  });
});

describe('the shipped examples', () => {
  const folder = new URL('../../rules/', import.meta.url);
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => ({ file: `rules/${name}`, text: readFileSync(new URL(name, folder), 'utf8') }));
  const modules = [{ file: 'rules/high-value.ts', rules: rulesOfModule(highValue) }];
  const compiled = compileRules([...texts, ...modules], {
    destinations: ['receiver', 'archive', 'ga4', 'meta'],
  });

  it('have no problems', () => {
    expect(compiled.problems).toEqual([]);
  });

  it.each(runCases(compiled.rules, makeEvent))('pass their own test: $file, $name', ({ differences }) => {
    expect(differences).toEqual([]);
  });

  it('cover every file with a test', () => {
    const tested = new Set(compiled.rules.cases.map(({ file }) => file));
    expect([...tested].toSorted()).toEqual([...texts, ...modules].map(({ file }) => file).toSorted());
  });
});

describe('the event of a test', () => {
  it('is a known visitor with every consent granted, where nothing is said', () => {
    const made = makeEvent({});
    expect(made).toMatchObject({ ok: true, event: { name: 'page_view', visitor: { key: 'test-visitor' } } });
    expect(made.ok && Object.values(made.event.consent.types).every(({ granted }) => granted)).toBe(true);
  });

  it('merges maps, replaces the rest, and takes away what is null', () => {
    const made = makeEvent({
      visitor: null,
      session: { number: 7 },
      campaign: { session: { source: 'x' } },
      properties: { a: 1 },
    });
    expect(made).toMatchObject({
      ok: true,
      event: { session: { number: 7, id: 'test-session' }, campaign: { session: { source: 'x' } } },
    });
    expect(made.ok && 'visitor' in made.event).toBe(false);
  });

  it('says what does not fit, and is not poisoned by its keys', () => {
    expect(makeEvent({ name: 5 })).toMatchObject({ ok: false, issues: [{ path: ['name'] }] });
    expect(makeEvent(JSON.parse('{"__proto__":{"polluted":true}}')).ok).toBe(true);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
