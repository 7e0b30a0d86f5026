import { defineRule } from 'throughline/rules';

/** Marks large orders. Off until somebody decides what is large: set `enabled` to true and adjust the threshold. */
export const highValueOrders = defineRule({
  name: 'high-value-orders',
  description: 'Large orders carry a tier, so that the receiver can treat them apart.',
  enabled: false,
  to: ['receiver'],
  when: (event) => event.name === 'purchase' && (event.commerce?.value ?? 0) >= 500,
  map: (event) => ({ ...event, properties: { ...event.properties, tier: 'high' } }),
  consent: ['analytics_storage'],
  tests: [
    {
      name: 'a small order carries no tier',
      event: { name: 'purchase', commerce: { value: 20, currency: 'EUR' } },
      expect: {
        to: ['receiver', 'archive', 'ga4', 'meta'],
        values: { receiver: { 'properties.tier': null } },
      },
    },
  ],
});
