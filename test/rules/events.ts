import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Compilation, compileRules } from '../../src/rules/compile.ts';
import { makeEvent } from '../../src/rules/test-event.ts';

/** A complete event for tests; a partial one that does not fit is a mistake of the test. */
export function eventOf(partial: JsonObject): Event {
  const made = makeEvent(partial);
  if (!made.ok) throw new Error(JSON.stringify(made.issues));
  return made.event;
}

/** A purchase with everything the mappings touch. */
export const purchase: Event = eventOf({
  name: 'purchase',
  page: {
    url: 'https://shop.example/thanks?gclid=x',
    referrer: 'https://search.example/?q=lamp',
    title: 'Thanks',
  },
  campaign: { session: { source: 'google', clickIds: { gclid: { value: 'x', seenAtMs: 1 } } } },
  client: { isBot: false, country: 'DE', ip: '192.0.2.1' },
  commerce: {
    value: 150,
    currency: 'EUR',
    transactionId: 'A-1',
    items: [
      { id: 'lamp', price: 100, quantity: 1, coupon: 'TEN' },
      { id: 'bulb', price: 25, quantity: 2 },
    ],
  },
  user: { emails: ['ada@example.com'], city: 'Berlin' },
  properties: { plan: 'pro', total: 42, words: 'many', nested: { deep: { value: 1 } } },
});

/** Compiles one YAML file against two destinations. */
export function compile(text: string): Compilation {
  return compileRules([{ file: 'r.yaml', text }], { destinations: ['receiver', 'archive'] });
}

/** Compiles a file that must be without problems. */
export function rulesOf(text: string): Compilation['rules'] {
  const { rules, problems } = compile(text);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return rules;
}
