import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type CanaryMemory, canaryMemorySchema } from './canary-verdict.ts';

const pendingSchema = z.strictObject({ id: z.string(), type: z.string(), atMs: z.number(), data: z.json() });

const stateSchema = z.strictObject({
  version: z.literal(1),
  memory: canaryMemorySchema,
  /** Alerts that the webhook has not taken yet, oldest first. */
  pending: z.array(pendingSchema),
});

/** One alert on its way to the webhook. */
export type PendingAlert = z.output<typeof pendingSchema>;

/** What a canary keeps from run to run. */
export interface CanaryState {
  readonly memory: CanaryMemory;
  readonly pending: readonly PendingAlert[];
}

/** Reads the state; a canary without one, or with one that is damaged, starts anew. */
export function readCanaryState(file: string): CanaryState {
  try {
    const { memory, pending } = stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { memory, pending };
  } catch {
    return { memory: {}, pending: [] };
  }
}

/** Writes the state whole or not at all; throws the file system's error. */
export function writeCanaryState(file: string, state: CanaryState): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify({ version: 1, ...state }), { mode: 0o600 });
  renameSync(draft, file);
}
