import { z } from 'zod';
import { signingSecretSchema } from '../destinations/webhook.ts';

const pageSchema = z.url({
  protocol: /^https?$/,
  error:
    'Write a whole address with the parameters that your ads carry, such as https://shop.example/?gclid=canary.',
});

/** The part of the configuration that says which landing pages are walked on a schedule. */
export const canaryConfigSchema = z.strictObject({
  pages: z
    .array(pageSchema)
    .max(500)
    .default([])
    .describe(
      'Landing pages to walk, each with the parameters that your ads carry and values that mark them as a test. Example: `[https://shop.example/sale?utm_source=canary&gclid=canary]`. Default `[]`: no canary.',
    ),
  everyMinutes: z
    .number()
    .min(1)
    .max(1_440)
    .default(15)
    .describe('Minutes from one run to the next. Example: `60`. Default 15.'),
  runsBeforeAlert: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe(
      'How many runs in a row have to agree before an alert says that a parameter dies or has recovered. Example: `3`. Default 2.',
    ),
  device: z
    .enum(['desktop', 'mobile'])
    .default('desktop')
    .describe('What the walk passes for. Example: `mobile`. Default `desktop`.'),
  consent: z
    .enum(['granted', 'denied'])
    .exactOptional()
    .describe('Bring the consent cookies of a visitor who has answered. Example: `granted`. Default: none.'),
  browser: z
    .boolean()
    .default(false)
    .describe(
      'Walk in Chromium, so that scripts count; needs Chromium and the package playwright-core. Example: `true`. Default `false`.',
    ),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe('Reach pages on private and loopback addresses too. Example: `true`. Default `false`.'),
  alert: z
    .strictObject({
      webhook: z
        .url({ protocol: /^https?$/, error: 'Write an address such as https://hooks.example.com/canary.' })
        .exactOptional()
        .describe(
          'Where alerts are posted as JSON, besides the log. Example: `https://hooks.example.com/canary`. Default: nowhere.',
        ),
      secret: signingSecretSchema(
        'Signs each alert after Standard Webhooks 1.0.0.',
        'Default: not signed.',
      ).exactOptional(),
      allowPrivate: z
        .boolean()
        .default(false)
        .describe('Let the webhook be on a private address, over http. Example: `true`. Default `false`.'),
    })
    .refine(({ webhook, allowPrivate }) => allowPrivate || webhook?.startsWith('http:') !== true, {
      path: ['webhook'],
      error: 'must be https, unless `allowPrivate` is true',
    })
    .prefault({})
    .describe('Who is told when a parameter starts to die or recovers.'),
});

/** What the canary part of the configuration says, defaults filled in. */
export type CanaryConfig = z.output<typeof canaryConfigSchema>;
