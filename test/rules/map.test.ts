import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../src/model/event.ts';
import { route } from '../../src/rules/match.ts';
import { eventOf, purchase, rulesOf } from './events.ts';

/** What the receiver gets of the purchase after the lines of one rule. */
function mapped(lines: string, event = purchase) {
  const consent = '    consent: [analytics_storage]\n';
  const rules = rulesOf(`rules:\n  - name: r\n    to: [receiver]\n${consent}${lines}`);
  const [only] = route(rules, event).routes;
  if (only === undefined) throw new Error('not routed');
  return only;
}

function transformed(line: string, event = purchase) {
  const rules = rulesOf(
    `rules: [{ name: r, to: [receiver] }]\ntransformations:\n  - { name: t, to: all, ${line} }`,
  );
  return route(rules, event).routes[0]?.event;
}

describe('mapping', () => {
  it('sets fields to values of expressions', () => {
    const { event } = mapped(`    set:
      properties.tier: '"gold"'
      properties.nested.deep.more: size(event.commerce.items)
      commerce.value: event.commerce.value * 2
      page.title: lower(event.page.title)`);
    expect(event.properties).toMatchObject({ tier: 'gold', nested: { deep: { value: 1, more: 2 } } });
    expect(event.commerce?.value).toBe(300);
    expect(event.page?.title).toBe('thanks');
  });

  it('takes numbers and booleans as they stand', () => {
    const { event } = mapped('    set: { properties.score: 5, properties.isTest: true }');
    expect(event.properties).toMatchObject({ score: 5, isTest: true });
  });

  it('computes all values from the event as it was before', () => {
    const { event } = mapped(
      '    set: { properties.a: event.properties.total, properties.total: 1, properties.b: event.properties.total }',
    );
    expect(event.properties).toMatchObject({ a: 42, b: 42, total: 1 });
  });

  it('leaves a field as it is where the value is missing or does not fit, and says so', () => {
    const { event, notes } = mapped(`    set:
      commerce.value: event.properties.words
      commerce.currency: event.properties.nothing
      client.device: '"toaster"'`);
    expect(event.commerce).toEqual(purchase.commerce);
    expect(event.client.device).toBeUndefined();
    expect(notes).toEqual([
      'commerce.value not set: it takes a number',
      'commerce.currency not set: event.properties.nothing is missing',
      'client.device not set: it takes desktop, mobile, tablet, tv, other',
    ]);
  });

  it('makes missing parents only where an empty one is valid', () => {
    const bare = eventOf({ visitor: null });
    const { event, notes } = mapped(`    set: { commerce.value: 1, visitor.userId: '"u1"' }`, bare);
    expect(event.commerce).toEqual({ value: 1 });
    expect(event.visitor).toBeUndefined();
    expect(notes).toEqual(['visitor.userId not set: there is nothing to set it on']);
  });

  it('moves fields, and leaves them where they do not fit', () => {
    const { event, notes } = mapped(
      '    rename: { properties.total: commerce.tax, properties.words: commerce.shipping, properties.none: page.title }',
    );
    expect(event.commerce).toMatchObject({ tax: 42 });
    expect(event.properties).toEqual({ plan: 'pro', words: 'many', nested: { deep: { value: 1 } } });
    expect(event.page?.title).toBe('Thanks');
    expect(notes).toEqual(['commerce.shipping not set: it takes a number']);
  });

  it('leaves fields out, in every entry of a list, and empties what an event is never without', () => {
    const { event } = mapped(
      '    remove: [page.referrer, commerce.items.coupon, properties, client, visitor, user.phones, campaign]',
    );
    expect(event.page).toEqual({ url: purchase.page?.url, title: 'Thanks' });
    expect(event.commerce?.items?.map((item) => item.coupon)).toEqual([undefined, undefined]);
    expect(event.properties).toEqual({});
    expect(event.client).toEqual({ isBot: false });
    expect(event).not.toHaveProperty('visitor');
    expect(event.campaign).toEqual({});
  });

  it('copies only what it touches and never changes the event', () => {
    const before = structuredClone(purchase);
    const { event } = mapped(`    set: { properties.x: 1 }\n    remove: [page.title]`);
    expect(purchase).toEqual(before);
    expect(event.commerce).toBe(purchase.commerce);
    expect(event.user).toBe(purchase.user);
    expect(event.properties).not.toBe(purchase.properties);
  });

  it('hands on the very same event where nothing changes', () => {
    expect(mapped('    sample: 1').event).toBe(purchase);
  });
});

describe('transformations', () => {
  it('allow keeps the listed fields and what an event is never without', () => {
    expect(transformed('allow: [page.url, commerce.items.id, properties.plan, visitor.userId]')).toEqual({
      id: purchase.id,
      name: 'purchase',
      site: purchase.site,
      protocol: purchase.protocol,
      sentBy: purchase.sentBy,
      occurredAtMs: purchase.occurredAtMs,
      receivedAtMs: purchase.receivedAtMs,
      page: { url: purchase.page?.url },
      visitor: {
        key: 'test-visitor',
        isNew: false,
        firstSeenAtMs: purchase.visitor?.firstSeenAtMs,
        clientIds: {},
      },
      campaign: {},
      consent: purchase.consent,
      client: { isBot: false },
      commerce: { items: [{ id: 'lamp' }, { id: 'bulb' }] },
      properties: { plan: 'pro' },
    });
  });

  it('redact leaves fields out', () => {
    const event = transformed('redact: [user, client.ip]');
    expect(event).not.toHaveProperty('user');
    expect(event?.client).toEqual({ isBot: false, country: 'DE' });
  });

  it('augment sets fields', () => {
    expect(transformed('augment: { properties.host: host(event.page.url) }')?.properties).toMatchObject({
      host: 'shop.example',
    });
  });

  it('apply in order, after the rules, to the destinations that they name', () => {
    const rules = rulesOf(`rules:
  - { name: r, to: [receiver, archive], set: { properties.step: '"rule"' } }
transformations:
  - { name: one, to: [archive], augment: { properties.step: 'event.properties.step + ", one"' } }
  - { name: two, to: all, augment: { properties.step: 'event.properties.step + ", two"' } }`);
    const steps = route(rules, purchase).routes.map(({ destination, event }) => [
      destination,
      event.properties['step'],
    ]);
    expect(steps).toEqual([
      ['archive', 'rule, one, two'],
      ['receiver', 'rule, two'],
    ]);
  });
});

describe('whatever the paths', () => {
  const paths = [
    'page.url',
    'page',
    'commerce',
    'commerce.items',
    'commerce.items.id',
    'properties',
    'properties.nested.deep',
    'campaign',
    'campaign.session',
    'campaign.session.clickIds',
    'campaign.session.clickIds.gclid',
    'visitor',
    'visitor.clientIds',
    'session',
    'client',
    'client.ip',
    'user',
    'user.emails',
    'engagementMs',
  ];
  const some = fc.subarray(paths);

  it.each(['allow', 'redact'])('%s makes an event of an event, with the same consent', (kind) => {
    fc.assert(
      fc.property(some, (chosen) => {
        const event = transformed(`${kind}: [${chosen.join(', ')}]`);
        expect(eventSchema.safeParse(event).error).toBeUndefined();
        expect(event?.consent).toEqual(purchase.consent);
      }),
    );
  });
});
