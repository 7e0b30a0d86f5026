import { z } from 'zod';

const eventName = z.string().regex(/^\w{1,100}$/, { error: 'must be an event name such as purchase' });

/** The platform's own object for each event that is sent: `purchase: "123"`. An event that is not named is not sent. */
export function eventMapSchema(id: RegExp, limits: { readonly maxIds: number }) {
  return z
    .record(eventName, z.string().regex(id, { error: 'must be the number of it, in quotes' }))
    .refine((map) => Object.keys(map).length > 0, { error: 'must name at least one event' })
    .refine((map) => !Object.hasOwn(map, 'refund'), { error: 'must not count refunds as conversions' })
    .refine((map) => new Set(Object.values(map)).size <= limits.maxIds, {
      error: `must not lead to more than ${limits.maxIds}; a second destination takes the rest`,
    });
}

/** What stands for the event; undefined where nothing does. */
export function mappedTo(map: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
