import type { Json } from '../model/json.ts';

/** The platforms that the receiver stands in for. */
export type Platform = 'webhook' | 'ga4' | 'meta';

/** One request that a platform accepted. */
export interface Received {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly platform: Platform;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The parsed JSON, or the text where it is not JSON. */
  readonly body: Json;
}

/** What was received, oldest first; the oldest go when there are too many or they are too large together. */
export interface Inbox {
  list(): readonly Received[];
  add(received: Received, bytes: number): void;
  /** Notes a webhook id; false when it was noted before, which counts as a duplicate. */
  noteId(webhookId: string): boolean;
  duplicates(): number;
  /** Forgets requests, ids and duplicates. */
  clear(): void;
}

const maxEntries = 1000;
const maxBytes = 64 * 1024 * 1024;
const maxIds = 100_000;

/** An empty inbox. */
export function createInbox(): Inbox {
  let entries: { readonly received: Received; readonly bytes: number }[] = [];
  let totalBytes = 0;
  let duplicates = 0;
  const ids = new Set<string>();
  return {
    list: () => entries.map(({ received }) => received),
    duplicates: () => duplicates,
    add(received, bytes) {
      entries.push({ received, bytes });
      totalBytes += bytes;
      while (entries.length > maxEntries || totalBytes > maxBytes) totalBytes -= entries.shift()?.bytes ?? 0;
    },
    noteId(webhookId) {
      if (ids.has(webhookId)) {
        duplicates += 1;
        return false;
      }
      ids.add(webhookId);
      for (const oldest of ids) {
        if (ids.size <= maxIds) break;
        ids.delete(oldest);
      }
      return true;
    },
    clear() {
      entries = [];
      totalBytes = 0;
      duplicates = 0;
      ids.clear();
    },
  };
}
