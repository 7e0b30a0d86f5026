import type { Decoded } from '../../contract/protocol.ts';
import type { Reject } from '../../model/hit.ts';
import type { Json } from '../../model/json.ts';
import { maxEvents } from './limits.ts';

/** A hit that is refused as a whole. */
export function nothingOf(reject: Reject): Decoded {
  return { drafts: [], rejects: [reject] };
}

/** The one reject that stands for every event beyond the limit; none where there is no excess. */
export function excessOf(count: number, at: string): readonly Reject[] {
  if (count <= maxEvents) return [];
  const message = `${count} events in one hit; the first ${maxEvents} were read, the rest were not`;
  return [{ reason: 'refused_too_many', at: `${at}[${maxEvents}]`, message }];
}

/** Rejects as a reply lists them. */
export function listRejects(rejects: readonly Reject[]): Json {
  return rejects.map(({ at, reason, message }) => ({ at, reason, message }));
}
