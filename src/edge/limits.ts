import { z } from 'zod';

/** Bounds on what the network may send. Sizes in bytes. */
export const limitsConfigSchema = z.strictObject({
  bodyBytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('Largest hit, before and after decompression, in bytes. Default 1048576 (1 MiB).'),
  headerBytes: z
    .int()
    .min(4096)
    .max(1024 * 1024)
    .default(32 * 1024)
    .describe('Largest request head, in bytes. Default 32768.'),
  queryBytes: z
    .int()
    .min(1024)
    .max(1024 * 1024)
    .default(16 * 1024)
    .describe('Longest query string of a hit, in bytes. Default 16384.'),
  requestTimeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe('How long a client may take to send a whole request. Default 300.'),
  hitTimeoutSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(20)
    .describe('How long a client may take to send the body of a hit. Default 20.'),
  waitingEvents: z
    .int()
    .min(100)
    .max(10_000_000)
    .default(50_000)
    .describe('Events that may wait for the disk before hits are answered 503. Default 50000.'),
});

export type LimitsConfig = z.infer<typeof limitsConfigSchema>;
