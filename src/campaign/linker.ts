import { z } from 'zod';
import { secretSchema } from '../model/secret.ts';
import type { IdParameter } from './parameter-kinds.ts';
import type { ParameterRegistry } from './parameters.ts';

/** The `linker` part of the configuration. */
export const linkerConfigSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Hand visitors and campaigns over on links between hosts that share no cookies, such as shop.example and ' +
        'checkout.example. Sites whose hosts share one domain are not touched. Default `true`.',
    ),
  parameter: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'Write a short name in lower case, such as tl.' })
    .default('tl')
    .describe('The query parameter that carries the hand-over, such as `xd`. Default `tl`.'),
  path: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)+$/, { error: 'Write a path such as /t/link.' })
    .default('/t/link')
    .describe(
      'Where the browser SDK asks for a hand-over on every site; `link` beside its endpoint. Default `/t/link`.',
    ),
  seconds: z
    .int()
    .min(10)
    .max(600)
    .default(120)
    .describe('How long a hand-over counts, from the click or the page that it stands on. Default 120.'),
  bindNetwork: z
    .boolean()
    .default(false)
    .describe(
      'Refuse a hand-over that comes from another network (/24 for IPv4, /48 for IPv6) than it was made for. Stricter, ' +
        'and it loses people whose phone changes networks. Default `false`.',
    ),
  secret: secretSchema(
    'Signs hand-overs; every gateway of a journey needs the same one. At least 16 characters. Default: a random one ' +
      'for each process.',
  )
    .refine((secret) => secret.reveal().length >= 16, { error: 'Write at least 16 characters.' })
    .exactOptional(),
  previousSecret: secretSchema(
    'The secret before the last change, accepted while links made with it are out.',
  )
    .refine((secret) => secret.reveal().length >= 16, { error: 'Write at least 16 characters.' })
    .exactOptional(),
});

/** What the `linker` part says, defaults filled in. */
export type LinkerConfig = z.output<typeof linkerConfigSchema>;

/** The registry with the hand-over's parameter in it, so that a redirect on arrival keeps it as it keeps Google's `_gl`. */
export function withLinkParameter(registry: ParameterRegistry, name: string): ParameterRegistry {
  if (registry.named(name) !== undefined) return registry;
  const parameter: IdParameter = {
    name,
    aliases: [],
    kind: 'linker',
    platform: 'Throughline',
    strippedBy: [],
    isPaidSignal: false,
    lifetimeDays: 1,
    cookies: [],
  };
  return {
    ...registry,
    all: [...registry.all, parameter],
    named: (asked) => (asked === name ? parameter : registry.named(asked)),
  };
}
