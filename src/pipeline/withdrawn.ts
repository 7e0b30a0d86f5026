import { keepPermitted, type StoragePolicy } from '../contract/storable.ts';
import type { Decision } from '../model/decision.ts';
import type { Event } from '../model/event.ts';
import {
  bitsOf,
  grantedBits,
  sequenceOf,
  takenBackSince,
  typesOf,
  type Withdrawal,
  withdrawalSource,
  withoutTypes,
} from '../model/withdrawal.ts';
import type { Batch } from '../store/ports.ts';
import { visitorStateKey } from './sessionize.ts';

/** An event cut down to what its visitor has not taken back since, and the record of that. */
export interface Honoured {
  readonly event: Event;
  readonly decision: Decision;
}

/**
 * Holds an event against what its visitor has taken back since it happened. Null for almost every event: nothing was.
 * The event is judged from here on as if the visitor had refused from the start; a grant that came later revives nothing.
 */
export function honourWithdrawal(
  event: Event,
  store: Pick<Batch, 'readWithdrawn'>,
  policy: StoragePolicy,
): Honoured | null {
  const { visitor, consent, site } = event;
  if (visitor === undefined) return null;
  const withdrawn = store.readWithdrawn(site, visitor.key);
  if (withdrawn === null) return null;
  const takenBack = takenBackSince(withdrawn, sequenceOf(event)) & grantedBits(consent);
  if (takenBack === 0) return null;
  return {
    event: keepPermitted({ ...event, consent: withoutTypes(consent, takenBack) }, policy),
    decision: { stop: 'consent', reason: 'withdrawn', facts: { types: [...typesOf(takenBack)] } },
  };
}

/** The keys of state that may not be kept without the consent that these choices take back. */
export function visitorStatesOf(choices: readonly Withdrawal[]): readonly string[] {
  return choices
    .filter(({ types }) => (types & analytics) !== 0)
    .map(({ site, visitorKey }) => visitorStateKey(site, visitorKey));
}

const analytics = bitsOf(['analytics_storage']);

/** True where a destination gets nothing because of a later withdrawal. */
export function wasWithdrawn(
  { consent }: Event,
  required: readonly (keyof Event['consent']['types'])[],
): boolean {
  return required.some((type) => !consent.types[type].granted && consent.types[type].by === withdrawalSource);
}
