import { describe, expect, it } from 'vitest';
import { compileRules } from '../../src/rules/compile.ts';
import { defineRule } from '../../src/rules/define.ts';
import { explainRules, route } from '../../src/rules/match.ts';
import { eventOf, purchase, rulesOf } from './events.ts';

const pageView = eventOf({ name: 'page_view' });

describe('routing', () => {
  it('sends an event once to a destination, however many rules name it, with all their mappings in order', () => {
    const rules = rulesOf(`rules:
  - { name: a, to: [receiver], set: { properties.by: '"a"', properties.a: 1 }, consent: [ad_storage] }
  - { name: b, to: [receiver, archive], set: { properties.by: 'event.properties.by + "b"' }, consent: [ad_storage, ad_user_data] }
  - { name: c, when: event.name == "purchase", to: [receiver] }`);
    const { routes } = route(rules, eventOf({ properties: { by: '' } }));
    expect(routes.map(({ event: _, ...rest }) => rest)).toEqual([
      { destination: 'archive', requires: ['ad_storage', 'ad_user_data'], rules: ['b'], notes: [] },
      { destination: 'receiver', requires: ['ad_storage', 'ad_user_data'], rules: ['a', 'b'], notes: [] },
    ]);
    expect(routes.map(({ event }) => event.properties)).toEqual([{ by: 'b' }, { by: 'ab', a: 1 }]);
  });

  it('gives every rule a verdict', () => {
    const rules = rulesOf(`rules:
  - { name: yes, to: [receiver] }
  - { name: 'no', when: event.name == "purchase", to: [receiver] }
  - { name: absent, when: event.commerce.value > 100, to: [receiver] }
  - { name: broken, when: event.properties.n > "x", to: [receiver] }
  - { name: switched-off, enabled: false, to: [receiver] }
  - { name: nobody, sample: 0, to: [receiver] }`);
    const { verdicts } = route(rules, eventOf({ properties: { n: 1 } }));
    expect(verdicts.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['yes', 'rule_matched'],
      ['no', 'rule_not_matched'],
      ['absent', 'rule_not_matched'],
      ['broken', 'rule_failed'],
      ['switched-off', 'rule_disabled'],
      ['nobody', 'rule_sampled_out'],
    ]);
    expect(verdicts[3]?.message).toMatch(/no such overload/);
  });

  it('has no routes where no rule matches', () => {
    expect(route(rulesOf('rules: []'), pageView)).toEqual({ verdicts: [], routes: [] });
  });
});

describe('explaining', () => {
  it('names the smallest part that is not true, where it was asked for', () => {
    const rules = rulesOf(`rules:
  - { name: a, when: event.name == "page_view" && event.commerce.value > 100, to: [receiver] }
  - { name: b, when: event.name == "purchase" && has(event.page), to: [receiver] }
  - { name: c, to: [receiver] }`);
    expect(explainRules(rules, pageView)).toEqual([
      { rule: 'a', reason: 'rule_not_matched', falsePart: 'event.commerce is missing' },
      { rule: 'b', reason: 'rule_not_matched', falsePart: 'event.name == "purchase"' },
      { rule: 'c', reason: 'rule_matched' },
    ]);
    expect(route(rules, pageView).verdicts[0]).not.toHaveProperty('falsePart');
  });
});

describe('sampling', () => {
  const rules = rulesOf('rules: [{ name: tenth, to: [receiver], sample: 0.1 }]');
  const isIn = (event: typeof pageView) => route(rules, event).routes.length === 1;
  const events = Array.from({ length: 2000 }, (_, index) =>
    eventOf({ id: `e${index}`, visitor: { key: `v${index}` } }),
  );

  it('takes about its share of visitors', () => {
    const share = events.filter(isIn).length / events.length;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.13);
  });

  it("takes all of a visitor's events or none", () => {
    for (const event of events.slice(0, 100)) expect(isIn({ ...event, id: 'other' })).toBe(isIn(event));
  });

  it('goes by the event where there is no visitor', () => {
    const anonymous = events.map(({ visitor: _, ...event }) => event);
    expect(anonymous.filter(isIn).length).toBeGreaterThan(100);
  });
});

describe('rules in TypeScript', () => {
  const of = (...rules: Parameters<typeof defineRule>[0][]) =>
    compileRules([{ file: 'r.ts', rules: rules.map(defineRule) }], { destinations: ['receiver'] });

  it('match and map like any other', () => {
    const { rules, problems } = of({
      name: 'large',
      to: ['receiver'],
      when: (event) => (event.commerce?.value ?? 0) > 100,
      map: (event) => ({ ...event, properties: { tier: 'large' } }),
      consent: ['ad_storage'],
    });
    expect(problems).toEqual([]);
    expect(route(rules, purchase).routes).toMatchObject([
      { destination: 'receiver', event: { properties: { tier: 'large' } }, requires: ['ad_storage'] },
    ]);
    expect(route(rules, pageView).routes).toEqual([]);
  });

  it('cannot change which event it is, whose, or what was consented to', () => {
    const { rules } = of({
      name: 'forger',
      to: ['receiver'],
      when: () => true,
      map: (event) => ({
        ...event,
        id: 'other',
        site: 'other',
        consent: { ...event.consent, optedOut: true },
        visitor: { key: 'other', isNew: true, firstSeenAtMs: 1, clientIds: {} },
      }),
    });
    const [found] = route(rules, purchase).routes;
    expect(found?.event).toMatchObject({ id: purchase.id, site: purchase.site, consent: purchase.consent });
    expect(found?.event.visitor?.key).toBe('test-visitor');
    const { visitor: _, ...anonymous } = purchase;
    expect(route(rules, anonymous).routes[0]?.event).not.toHaveProperty('visitor');
  });

  it('that throw count as not matched, without quoting the error', () => {
    const leak = () => {
      throw new TypeError('ada@example.com');
    };
    const { rules } = of(
      { name: 'bad-when', to: ['receiver'], when: leak },
      { name: 'bad-map', to: ['receiver'], when: () => true, map: leak },
    );
    const { verdicts, routes } = route(rules, purchase);
    expect(routes).toEqual([]);
    expect(verdicts).toEqual([
      { rule: 'bad-when', reason: 'rule_failed', message: 'when() threw TypeError' },
      { rule: 'bad-map', reason: 'rule_failed', message: 'map() threw TypeError' },
    ]);
  });

  it('work on a copy of the event', () => {
    const before = structuredClone(purchase);
    const { rules } = of({
      name: 'careless',
      to: ['receiver'],
      when: () => true,
      map: (event) => {
        Reflect.set(event.properties, 'plan', 'changed');
        return event;
      },
    });
    expect(route(rules, purchase).routes[0]?.event.properties['plan']).toBe('changed');
    expect(purchase).toEqual(before);
  });
});
