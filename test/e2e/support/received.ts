import { z } from 'zod';
import type { Receiver } from '../../../src/demo/receiver.ts';
import { type Event, eventSchema } from '../../../src/model/event.ts';

const webhookSchema = z.object({ type: z.string(), data: eventSchema });
const ga4Schema = z.looseObject({
  client_id: z.string(),
  events: z.array(z.looseObject({ name: z.string(), params: z.record(z.string(), z.unknown()) })),
});
const metaSchema = z.object({
  data: z.array(
    z.looseObject({
      event_name: z.string(),
      event_id: z.string(),
      user_data: z.record(z.string(), z.unknown()),
      custom_data: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

const bodiesFor = (receiver: Receiver, platform: string): readonly unknown[] =>
  receiver.received().flatMap((each) => (each.platform === platform ? [each.body] : []));

/** Events that the webhook accepted, each of the gateway's own shape. */
export function webhookEvents(receiver: Receiver): readonly Event[] {
  return bodiesFor(receiver, 'webhook').map((body) => webhookSchema.parse(body).data);
}

/** Requests that GA4's stand-in accepted. */
export function ga4Requests(receiver: Receiver): readonly z.infer<typeof ga4Schema>[] {
  return bodiesFor(receiver, 'ga4').map((body) => ga4Schema.parse(body));
}

/** Names of the events that GA4's stand-in accepted. */
export function ga4Names(receiver: Receiver): readonly string[] {
  return ga4Requests(receiver).flatMap(({ events }) => events.map(({ name }) => name));
}

/** Events that Meta's stand-in accepted. */
export function metaEvents(receiver: Receiver): readonly z.infer<typeof metaSchema>['data'][number][] {
  return bodiesFor(receiver, 'meta').flatMap((body) => metaSchema.parse(body).data);
}

/** The events of this name. */
export function named(events: readonly Event[], name: string): readonly Event[] {
  return events.filter((event) => event.name === name);
}

/** How often each name occurs. */
export function countNames(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}

/** The different values, in the order they came. */
export function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
