import { z } from 'zod';
import { secretSchema } from '../../model/secret.ts';

// Set by us or by the connection (RFC 9110 section 7.6.1); a setting must not contradict them.
const connectionHeaders = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A zod field for the name of a header that a setting may set. */
export const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/)
  .refine((name) => !connectionHeaders.has(name.toLowerCase()), {
    error: 'this header is set by the gateway',
  });

/** A zod field for a secret that goes into a header: printable ASCII on one line. */
export const headerSecretSchema = (description: string) =>
  secretSchema(description).refine((value) => /^[\x20-\x7e\t]+$/.test(value.reveal()), {
    error: 'must be printable ASCII on one line',
  });

/** A zod field for headers by name, each value a secret; `reserved` are lower-case names that the destination sets itself. */
export const headersSchema = (reserved: readonly string[] = []) =>
  z
    .record(
      headerNameSchema.refine((name) => !reserved.includes(name.toLowerCase()), {
        error: 'this header is set by the gateway',
      }),
      headerSecretSchema('The value of one header.'),
    )
    .default({});
