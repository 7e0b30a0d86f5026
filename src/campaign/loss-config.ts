import { z } from 'zod';

/** The `losses` part of the configuration. */
export const lossConfigSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Follow campaign parameters from the landing to the first page view and count where they are lost, for ' +
        '`throughline loss`. Needs an upstream. Default `true`.',
    ),
  release: z
    .string()
    .max(64)
    .exactOptional()
    .describe(
      'The release of the site that is live, so that a loss can be seen to begin with one. Example: `v2.14.0`. ' +
        'No default.',
    ),
  releaseHeader: z
    .string()
    .max(64)
    .regex(/^[a-z0-9-]+$/, { error: 'Write a header name in lower case, such as x-release.' })
    .exactOptional()
    .describe(
      "The upstream's response header that names its release; it wins over `release`. Example: `x-release`. No default.",
    ),
});

/** What the `losses` part says, defaults filled in. */
export type LossConfig = z.infer<typeof lossConfigSchema>;
