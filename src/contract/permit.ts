import { type ConsentType, isGranted, isUndecided } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { Refusal } from '../model/refusal.ts';
import { keepPermitted, type StoragePolicy } from './storable.ts';
import { forVendor, type VendorIds, vendorFacts } from './vendor.ts';

/** What a destination needs before it may have anything, and what more it gets where more is granted. */
export interface ConsentNeeds {
  /** Every one of these must be granted, or the destination gets nothing. */
  readonly required: readonly ConsentType[];
  /** Fields that hang on these types are included where granted and left out where not. */
  readonly optional: readonly ConsentType[];
  /** The platform's number in the vendor lists of the consent frameworks; where a list's signal refuses it, it gets nothing. */
  readonly vendor?: VendorIds;
}

/**
 * What one destination may have of one event. Only `gate` can make one. It names its destination, is never stored, and
 * holds a copy of the permitted fields only: a field that hangs on a type the destination did not ask for is not in it.
 */
class EventPermit {
  readonly #event: Event;
  readonly destination: string;
  /** The visitor opted out in a US state where the platform's flag for restricted processing holds: it must be set. */
  readonly isRestricted: boolean;

  private constructor(event: Event, { destination, isRestricted }: Terms) {
    this.#event = event;
    this.destination = destination;
    this.isRestricted = isRestricted;
  }

  /** The permitted copy of the event. */
  get event(): Event {
    return this.#event;
  }

  static of(event: Event, terms: Terms): EventPermit {
    return new EventPermit(event, terms);
  }
}

export type Permit = EventPermit;

interface Terms {
  readonly destination: string;
  readonly isRestricted: boolean;
}

const everything: Pick<StoragePolicy, 'keepIp'> = { keepIp: true };

/**
 * The consent gate: the only maker of a Permit. It asks "is granted", never "is not denied".
 *
 * What a rule copied elsewhere does not slip through: without ad_storage no text of the permit holds a click id, by its
 * parameter's name or by a value that the event's touches and addresses show. An address loses it, another text goes.
 *
 * Refuses with `consent_undecided` when nothing but undecided types are missing (the event may be held), and with
 * `consent_denied` as soon as one missing type was denied by a signal. `facts.missing` names the types, and
 * `facts.vendor` the destination's vendor where a consent framework's string refuses it.
 */
export function gate(
  event: Event,
  destination: string,
  needs: ConsentNeeds,
  policy: Pick<StoragePolicy, 'plainParameters' | 'clickIdParameters'>,
): Permit | Refusal {
  const consent = forVendor(event.consent, needs.vendor);
  const missing = needs.required.filter((type) => !isGranted(consent, type));
  if (missing.length > 0) {
    const undecided = missing.every((type) => isUndecided(consent, type));
    return {
      refused: undecided ? 'consent_undecided' : 'consent_denied',
      message: `${destination} needs ${missing.join(', ')}`,
      facts: {
        missing: missing.map((type) => `${type}: ${consent.types[type].basis}`),
        ...vendorFacts(missing, event.consent, consent),
      },
    };
  }
  const narrowed = { ...event, consent: narrow(consent, needs) };
  const kept = withoutPageLife(keepPermitted(narrowed, { ...everything, ...policy }));
  return EventPermit.of({ ...kept, consent }, { destination, isRestricted: false });
}

/** The page-load token links the events of one page life: the log needs it to release held events, others may not have it. */
function withoutPageLife(event: Event): Event {
  if (event.page?.loadId === undefined || isGranted(event.consent, 'analytics_storage')) return event;
  const { loadId: _token, ...page } = event.page;
  return { ...event, page };
}

/** The consent as this destination may use it: a type it does not ask for counts as not granted. */
function narrow(consent: Event['consent'], needs: ConsentNeeds): Event['consent'] {
  const asked = new Set<ConsentType>([...needs.required, ...needs.optional]);
  const use = (type: ConsentType) => {
    const answer = consent.types[type];
    return asked.has(type) ? answer : { granted: false, basis: answer.basis, by: answer.by };
  };
  return {
    ...consent,
    types: {
      ad_storage: use('ad_storage'),
      analytics_storage: use('analytics_storage'),
      ad_user_data: use('ad_user_data'),
      ad_personalization: use('ad_personalization'),
      functionality_storage: use('functionality_storage'),
      personalization_storage: use('personalization_storage'),
      security_storage: use('security_storage'),
    },
  };
}
