import { describe, expect, it } from 'vitest';
import { inputSchema } from '../../src/config/known.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { defineRule, rulesOfModule } from '../../src/rules/define.ts';
import { ruleFileSchema } from '../../src/rules/schema.ts';
import { compile } from './events.ts';

const rule = (lines: string) => `rules:\n  - name: r\n    to: [receiver]\n    ${lines}\n`;

describe('a misspelt key of a rule file', () => {
  it.each([
    ['ruls: []', 'rules'],
    [rule('whn: "true"'), 'when'],
    [rule('sampel: 1'), 'sample'],
    [rule('consent: [ad_storge]'), 'ad_storage'],
    ['transformations:\n  - { name: t, to: all, alow: [page], allow: [page] }', 'allow'],
    ['tests:\n  - { nmae: x, name: y, event: {}, expect: { to: [] } }', 'name'],
    ['tests:\n  - { name: y, event: {}, expect: { to: [], valus: {} } }', 'values'],
  ])('comes with what was meant: %j', (text, suggestion) => {
    expect(compile(text).problems).toMatchObject([{ suggestion }]);
  });
});

describe('the problems of a rule file', () => {
  it.each([
    [
      rule('when: event.name == "purchase" && event.comerce.value > 1'),
      { code: 'unknown_field', line: 4, column: 45, key: 'rules[0].when', suggestion: 'event.commerce' },
    ],
    [
      rule('when: >-\n      event.name == "x"\n      && event.nam == "y"'),
      { code: 'unknown_field', line: 6, column: 16 },
    ],
    [rule('when: "lower(event.name) == \\"x\\" && nme"'), { code: 'unknown_name', line: 4, column: 42 }],
    [rule('when: event.name =='), { code: 'expression_syntax', line: 4, column: 24 }],
    [rule('set: { properties.x: evnt.name }'), { code: 'unknown_name', column: 26, suggestion: 'event' }],
    [rule('set: { proprties.x: "1" }'), { code: 'unknown_field', column: 12, suggestion: 'properties' }],
    [rule('set: { consent.optedOut: "true" }'), { code: 'protected_field', column: 12 }],
    [rule('rename: { properties.a: site }'), { code: 'protected_field', column: 29 }],
    [rule('remove: [page.url, page.refferer]'), { code: 'unknown_field', suggestion: 'page.referrer' }],
    [rule('to: []'), { code: 'duplicate_key' }],
    [
      'rules: [{ name: r, to: [reciever] }]',
      { code: 'unknown_destination', column: 25, suggestion: 'receiver' },
    ],
    [
      'rules: [{ name: r, to: [receiver] }, { name: r, to: [receiver] }]',
      { code: 'duplicate_name', key: 'rules[1].name', column: 46 },
    ],
    [
      'transformations: [{ name: t, to: all, allow: [page], redact: [user] }]',
      { code: 'invalid_value', message: expect.stringContaining('exactly one of allow, augment and redact') },
    ],
    ['transformations: [{ name: t, to: [nobody], redact: [user] }]', { code: 'unknown_destination' }],
    [
      'tests: [{ name: t, event: { comerce: {} }, expect: { to: [] } }]',
      { code: 'unknown_key', column: 29, suggestion: 'commerce' },
    ],
    [
      'tests: [{ name: t, event: { commerce: { value: "5" } }, expect: { to: [] } }]',
      { code: 'wrong_type', column: 48, key: 'tests[0].event.commerce.value' },
    ],
    ['tests: [{ name: t, event: {}, expect: { to: [archiv] } }]', { code: 'unknown_destination' }],
    [
      'tests: [{ name: t, event: {}, expect: { to: [], values: { receiver: { pge.url: x } } } }]',
      { code: 'unknown_field', suggestion: 'page' },
    ],
  ])('are placed: %j', (text, problem) => {
    expect(compile(text).problems).toMatchObject([problem]);
  });

  it('are all reported, of all files', () => {
    const { problems } = compileRules(
      [
        { file: 'b.yaml', text: rule('when: event.nme == "x"\n    remove: [id]') },
        { file: 'a.yaml', text: 'rules: 5' },
      ],
      { destinations: ['receiver'] },
    );
    expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'a.yaml wrong_type',
      'b.yaml unknown_field',
      'b.yaml protected_field',
    ]);
  });

  it('name the file that had a name first', () => {
    const { problems } = compileRules(
      [
        { file: 'a.yaml', text: rule('enabled: false') },
        { file: 'b.yaml', text: rule('enabled: false') },
      ],
      { destinations: ['receiver'] },
    );
    expect(problems).toMatchObject([{ file: 'b.yaml', line: 2, code: 'duplicate_name' }]);
    expect(problems[0]?.message).toContain('a.yaml');
  });
});

describe('values that hang on a consent type', () => {
  it.each([
    ['set: { properties.mail: "event.user.emails[0]" }', 'ad_user_data'],
    ['set: { properties.ip: event.client.ip }', 'ad_user_data'],
    ['set: { properties.click: event.campaign.session.clickIds.gclid.value }', 'ad_storage'],
    ['set: { properties.all: dyn(event) }', 'ad_storage and ad_user_data'],
    ['set: { page.title: event.visitor.key }', 'analytics_storage'],
    ['rename: { properties.total: commerce.value }', 'analytics_storage'],
    ['rename: { user.city: properties.city }', 'ad_user_data'],
    ['rename: { campaign.session.clickIds.gclid: properties.click }', 'ad_storage'],
  ])('cannot be carried elsewhere without it: %s', (line, types) => {
    const { problems } = compile(rule(line));
    expect(problems).toMatchObject([{ code: 'consent_bound', message: expect.stringContaining(types) }]);
  });

  it.each([
    'consent: [ad_user_data]\n    set: { properties.mail: "event.user.emails[0]" }',
    'set: { user.city: event.user.country }',
    'set: { properties.plan: event.properties.tier }',
    'consent: [analytics_storage]\n    rename: { properties.mail: user.city }',
    'set: { properties.visit: event.session.number, visitor.userId: event.properties.account }',
  ])('may be used so: %s', (line) => {
    expect(compile(rule(line)).problems).toEqual([]);
  });

  it('cannot be carried by a transformation, which asks for no consent', () => {
    const text = 'transformations: [{ name: t, to: all, augment: { properties.c: event.user.city } }]';
    expect(compile(text).problems).toMatchObject([{ code: 'consent_bound' }]);
  });
});

describe('rule modules', () => {
  const definition = defineRule({ name: 'm', to: ['nowhere'], when: () => true });

  it('give the rules among their exports, single or in lists', () => {
    const found = rulesOfModule({ b: [definition, 5], a: definition, threshold: 3, default: undefined });
    expect(found.map(({ name }) => name)).toEqual(['m', 'm']);
  });

  it('have their problems reported by file and key', () => {
    const { problems } = compileRules([{ file: 'm.ts', rules: [definition] }], {
      destinations: ['receiver'],
    });
    expect(problems).toMatchObject([{ file: 'm.ts', key: 'm.to[0]', code: 'unknown_destination' }]);
  });

  it('must export a rule', () => {
    const { problems } = compileRules([{ file: 'm.ts', rules: [] }], { destinations: [] });
    expect(problems).toMatchObject([{ file: 'm.ts', code: 'bad_module' }]);
  });
});

describe('the schema of rule files', () => {
  it('can be exported for editors, with a description on every key of a rule', () => {
    const schema = inputSchema(ruleFileSchema);
    const rules = schema.properties?.['rules'];
    const items = typeof rules === 'object' && !Array.isArray(rules.items) ? rules.items : undefined;
    const properties = typeof items === 'object' ? Object.entries(items.properties ?? {}) : [];
    expect(properties.map(([key]) => key)).toContain('when');
    for (const [, property] of properties) expect(property).toHaveProperty('description');
  });
});
