import { type Consent, type ConsentType, isGranted, isUndecided } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { Refusal } from '../model/refusal.ts';
import { type Reduced, reduceEvent } from './reduced.ts';
import { mayRestrict } from './restricted.ts';
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
  /** Refusals at which it gets the event without anything that points to a person; absent: at none. */
  readonly reducedAt?: readonly ReducedAt[];
  /** US states in which it gets the event of a visitor who opted out, flagged for restricted processing; absent: none. */
  readonly restrictedIn?: readonly string[];
}

/** What may stand between an event and a destination that takes it reduced. */
export type ReducedAt = 'consent_denied' | 'consent_undecided';

/**
 * What one destination may have of one event. Only `gate` can make one. It names its destination, is never stored, and
 * holds a copy of the permitted fields only: a field that hangs on a type the destination did not ask for is not in it.
 */
class EventPermit {
  readonly #event: Event;
  readonly #terms: Terms;
  readonly destination: string;

  private constructor(event: Event, terms: Terms) {
    this.#event = event;
    this.#terms = terms;
    this.destination = terms.destination;
  }

  /** The permitted copy of the event. */
  get event(): Event {
    return this.#event;
  }

  /** The visitor opted out in a US state where the platform's flag for restricted processing holds: it must be set. */
  get isRestricted(): boolean {
    return this.#terms.isRestricted === true;
  }

  /** Present: consent does not allow the whole event, and this holds nothing that points to a person. Names what is gone. */
  get removed(): readonly string[] | undefined {
    return this.#terms.removed;
  }

  static of(event: Event, terms: Terms): EventPermit {
    return new EventPermit(event, terms);
  }
}

export type Permit = EventPermit;

interface Terms {
  readonly destination: string;
  readonly isRestricted?: true;
  readonly removed?: Reduced['removed'];
}

/** What the gate needs of the site's policy. */
export type GatePolicy = Pick<StoragePolicy, 'plainParameters' | 'clickIdParameters' | 'idKey'>;

const everything: Pick<StoragePolicy, 'keepIp'> = { keepIp: true };

/**
 * The consent gate: the only maker of a Permit. It asks "is granted", never "is not denied".
 *
 * What a rule copied elsewhere does not slip through: without ad_storage no text of the permit holds a click id, by its
 * parameter's name or by a value that the event's touches and addresses show. An address loses it, another text goes.
 *
 * Refuses with `consent_undecided` when nothing but undecided types are missing (the event may be held), and with
 * `consent_denied` as soon as one missing type was denied by a signal. `facts.missing` names the types, and
 * `facts.vendor` the destination's vendor where a consent framework's string refuses it. Where the destination's needs say
 * so, a refusal becomes a restricted or a reduced permit instead; nothing from a sensitive section ever does.
 */
export function gate(
  event: Event,
  destination: string,
  needs: ConsentNeeds,
  policy: GatePolicy,
): Permit | Refusal {
  const consent = forVendor(event.consent, needs.vendor);
  const refusal = refusalOf({ before: event.consent, consent }, destination, needs);
  const judged = { ...event, consent };
  if (refusal === null) return permitWhole(judged, { destination }, needs, policy);
  if (consent.isSensitive) return refusal;
  if (mayRestrict(consent, needs)) {
    return permitWhole(judged, { destination, isRestricted: true }, needs, policy);
  }
  if (needs.reducedAt?.some((reason) => reason === refusal.refused)) {
    const { event: reduced, removed } = reduceEvent(judged, policy);
    return EventPermit.of(reduced, { destination, removed });
  }
  return refusal;
}

function refusalOf(
  { before, consent }: { readonly before: Consent; readonly consent: Consent },
  destination: string,
  needs: ConsentNeeds,
): Refusal | null {
  const missing = requiredOf(consent, needs).filter((type) => !isGranted(consent, type));
  if (missing.length === 0) return null;
  const undecided = missing.every((type) => isUndecided(consent, type));
  return {
    refused: undecided ? 'consent_undecided' : 'consent_denied',
    message: `${destination} needs ${missing.join(', ')}`,
    facts: {
      missing: missing.map((type) => `${type}: ${consent.types[type].basis}`),
      ...vendorFacts(missing, before, consent),
    },
  };
}

/** From a sensitive section nobody gets anything without an explicit opt-in, not even who needs none elsewhere. */
function requiredOf({ isSensitive }: Consent, { required }: ConsentNeeds): readonly ConsentType[] {
  if (!isSensitive || required.includes('analytics_storage')) return required;
  return [...required, 'analytics_storage'];
}

function permitWhole(event: Event, terms: Terms, needs: ConsentNeeds, policy: GatePolicy): Permit {
  const narrowed = { ...event, consent: narrow(event.consent, needs) };
  const kept = withoutOwnMarks(keepPermitted(narrowed, { ...everything, ...policy }));
  return EventPermit.of({ ...kept, consent: event.consent }, terms);
}

/** The page-load token links the events of one page life: the log needs it to release held events, others may not have it. */
function withoutOwnMarks(event: Event): Event {
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
