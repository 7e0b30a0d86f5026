import { type ConsentType, consentTypes } from '../model/consent.ts';
import { type EventPath, overlaps } from './path.ts';

/** Places whose values hang on a consent type: the gate leaves them out where the destination did not ask for it, as contract/storable does. */
const places: Readonly<Partial<Record<ConsentType, readonly string[]>>> = {
  analytics_storage: [
    'visitor',
    'session',
    'properties',
    'commerce.transactionId',
    'client.userAgent',
    'client.screen',
    'client.browserVersion',
  ],
  ad_user_data: ['user', 'client.ip'],
  ad_storage: ['campaign.touch.clickIds', 'campaign.session.clickIds', 'campaign.first.clickIds'],
};

const bound: readonly { readonly path: EventPath; readonly type: ConsentType }[] = consentTypes.flatMap(
  (type) => (places[type] ?? []).map((place) => ({ path: place.split('.'), type })),
);

/** The consent types that values read at some paths hang on and that the place they go to does not. */
export function typesCarriedAway(reads: readonly EventPath[], target: EventPath): readonly ConsentType[] {
  const kept = new Set(bound.filter(({ path }) => isUnder(target, path)).map(({ type }) => type));
  const carried = bound
    .filter(({ path, type }) => !kept.has(type) && reads.some((read) => overlaps(read, path)))
    .map(({ type }) => type);
  return [...new Set(carried)];
}

function isUnder(path: EventPath, place: EventPath): boolean {
  return path.length >= place.length && overlaps(path, place);
}
