import type { ConsentHit } from '../../contract/consent-source.ts';
import type { Draft } from '../../model/hit.ts';
import { queryValue } from './query.ts';

/** Where a consent string may come with a hit. */
export interface TextPlaces {
  readonly cookies: readonly string[];
  /** The name of the draft's signal and of the query's parameter; the signal wins. */
  readonly parameter: string;
}

/** Every string of a kind that came with the hit, each once; none is the most usual. */
export function textsOf(
  hit: ConsentHit,
  draft: Pick<Draft, 'signals'>,
  { cookies, parameter }: TextPlaces,
): readonly string[] {
  let texts = none;
  for (const name of cookies) texts = withText(texts, hit.cookies[name]);
  return withText(texts, parameterOf(hit, draft, parameter));
}

/** What a parameter says: the draft's signal, else the query's; `''` when absent. */
export function parameterOf(hit: ConsentHit, draft: Pick<Draft, 'signals'>, parameter: string): string {
  return draft.signals?.[parameter] ?? queryValue(hit.query, `${parameter}=`);
}

const none: readonly string[] = [];

function withText(texts: readonly string[], text: string | undefined): readonly string[] {
  return text === undefined || text === '' || texts.includes(text) ? texts : [...texts, text];
}
