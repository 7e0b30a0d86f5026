import { z } from 'zod';

const pathPattern = z
  .string()
  .max(200)
  .regex(/^\/[^\s?#*]*\*?$/, {
    error: 'Write a path such as /checkout/pay or /checkout/pay*, without query; a * stands last.',
  });

const hostPattern = z
  .string()
  .max(253)
  .regex(/^=?(?:\*\.)?(?:[a-z0-9_-]+\.)+(?:\*|[a-z0-9-]+)$/i, {
    error: 'Write a host without scheme and path, such as pay.example.com.',
  });

/** The `roundTrips` part of the configuration. */
export const roundTripsConfigSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Park campaign parameters while a visitor is away at a sign-in or payment page, and put them back on the return. ' +
        'Sign-ins (OAuth, OpenID Connect, SAML, CAS) and the shipped list of payment and sign-in hosts are known ' +
        'already. Needs `redirects.keepParameters`. Default `true`.',
    ),
  minutes: z
    .int()
    .min(1)
    .max(30)
    .default(30)
    .describe('How long parameters are parked, in minutes, at most 30. Default 30.'),
  cookie: z
    .string()
    .regex(/^[\w-]{1,64}$/, { error: 'Write letters, digits, - and _ only.' })
    .default('tl_trip')
    .describe(
      'Name of the signed cookie that holds them, where the visitor granted analytics_storage. Without the grant ' +
        'labels alone wait in memory, for returns that bring an id back, such as `state`. Default `tl_trip`.',
    ),
  routes: z
    .array(
      z.strictObject({
        leave: z
          .union([pathPattern, hostPattern])
          .describe(
            'Where the journey leaves: a path of the site such as `/checkout/pay*`, or the host that it is redirected ' +
              'to, such as `pay.example.com`.',
          ),
        return: pathPattern
          .exactOptional()
          .describe(
            'The path that it comes back to, such as `/checkout/return*`. Stating it allows the gateway to redirect ' +
              'the return to the same address with the parameters, so do not state one whose query is signed.',
          ),
      }),
    )
    .max(100)
    .default([])
    .describe(
      'Round trips beyond the known ones, such as `[{ leave: /checkout/pay*, return: /checkout/return* }]`. Default `[]`.',
    ),
});

/** What the `roundTrips` part says, defaults filled in. */
export type RoundTripsConfig = z.infer<typeof roundTripsConfigSchema>;
