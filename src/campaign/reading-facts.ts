import type { JsonObject } from '../model/json.ts';
import type { FoundParameter } from './found-parameter.ts';
import type { HygieneFinding } from './hygiene.ts';
import { decodePercent } from './percent.ts';
import { holdsEmail, isPhone } from './personal-data.ts';
import type { CampaignReading } from './read.ts';

/** What stands in a decision for a value that may not be there. */
const masked = '(masked)';
const minIdChars = 8;

/**
 * A reading as its decision records it, whatever the visitor's consent is: every tracked parameter as it stood and as
 * it was read, and the problems found. Ids are named without their values; a label that holds an id, contact data or
 * another parameter is masked. `from` is left out for the query, `value` where it is what stood there.
 */
export function factsOf(
  { found, notes: readingNotes }: CampaignReading,
  findings: readonly HygieneFinding[],
  otherNotes: readonly string[],
): JsonObject | undefined {
  const notes = [...readingNotes, ...otherNotes];
  if (found.length === 0 && findings.length === 0 && notes.length === 0) return undefined;
  const ids = found.filter((parameter) => !isWords(parameter)).map(({ value }) => value.toLowerCase());
  const secrets = ids.filter((value) => value.length >= minIdChars);
  return {
    ...(found.length > 0 && { parameters: found.map((parameter) => factOf(parameter, secrets)) }),
    ...(findings.length > 0 && {
      hygiene: findings.map(({ problem, parameter }) => ({ problem, parameter })),
    }),
    ...(notes.length > 0 && { notes }),
  };
}

function factOf(parameter: FoundParameter, secrets: readonly string[]): JsonObject {
  const { name, raw, value, from, repaired } = parameter;
  const about = { ...(from !== 'query' && { from }), ...(repaired !== undefined && { repaired }) };
  if (!isWords(parameter)) return { name, ...about };
  if (!isPlain(raw, secrets) || !isPlain(value, secrets)) return { name, raw: masked, ...about };
  return { name, raw, ...(value !== raw && { value: value.slice(0, 256) }), ...about };
}

function isWords({ kind }: FoundParameter): boolean {
  return kind === 'label' || kind === 'campaign';
}

/** Nothing in it could be an id of somebody: no other parameter, no contact data, no id of the same address. */
function isPlain(text: string, secrets: readonly string[]): boolean {
  if (telling.test(text)) return isHarmless(text, secrets);
  return secrets.length === 0 || !holdsAny(text, secrets);
}

/** Without one of these no text is encoded, a parameter, an address or a telephone number. */
const telling = /[%=@+:]/;

function isHarmless(text: string, secrets: readonly string[]): boolean {
  let plain = text;
  for (let layer = 0; layer < 3 && plain.includes('%'); layer += 1) plain = decodePercent(plain).text;
  if (plain.includes('=') || plain.includes('":') || holdsEmail(plain)) return false;
  return !isPhone(plain) && !isPhone(text) && !holdsAny(plain, secrets);
}

function holdsAny(text: string, secrets: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return secrets.some((secret) => lower.includes(secret));
}
