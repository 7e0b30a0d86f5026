import {
  type Answer,
  judgeByStatus,
  type Outcome,
  type Payload,
  retryAfter,
} from '../../contract/destination.ts';
import type { Json } from '../../model/json.ts';

/** What a platform's API itself answered: neither a redirect nor a page of the network in front of it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

/**
 * The judgement of a platform whose answers say more than their status. `read` gives one outcome for each payload sent,
 * or undefined to go by the status. An HTML page says nothing about the events, so they are tried again.
 */
export function judgeReply(
  answer: Answer,
  sent: readonly Payload[],
  read: (reply: Reply) => readonly Outcome[] | undefined,
): readonly Outcome[] {
  if (answer.kind === 'failed') return judgeByStatus(answer, sent);
  const { status, headers, body } = answer;
  if (status < 200 || (status >= 300 && status < 400)) return judgeByStatus(answer, sent);
  if (/^\s{0,100}</.test(body)) {
    const page: Outcome = { kind: 'retry', message: `HTTP ${status} with a page`, ...retryAfter(headers) };
    return sent.map(() => page);
  }
  return read({ status, headers, text: body, json: parseJson(body) }) ?? judgeByStatus(answer, sent);
}

/** The same outcome for every event of a request. */
export function all(sent: readonly Payload[], outcome: Outcome): readonly Outcome[] {
  return sent.map(() => outcome);
}

/**
 * What to do with a request that was refused without a word on which event was meant: one event is the culprit itself;
 * several come back each at a moment of its own, in ever smaller requests, until the culprit stands alone.
 */
export function refuseBatch(sent: readonly Payload[], message: string): readonly Outcome[] {
  return all(sent, { kind: sent.length === 1 ? 'rejected' : 'retry', message });
}

/** The body as JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const maxWords = 160;
const fieldName = /^"[a-z$]+(?:[_.][a-z$]+)*"$/;

/**
 * A platform's own words, cut short and on one line. Errors may repeat what was sent, so whatever could name a person
 * goes: every word that is in a value of `sent`, addresses, quoted values, and runs of letters and digits that are ids,
 * hashes or numbers.
 */
export function wordsOf(said: unknown, sent: readonly Payload[]): string | undefined {
  if (typeof said !== 'string' || said.trim() === '') return undefined;
  const values = new Set<string>();
  for (const { body } of sent) addWords(body, values);
  const plain = said
    .slice(0, 4 * maxWords)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/"[^"]*"/g, (quoted) => (fieldName.test(quoted) ? quoted : '"…"'))
    .split(' ')
    .map((word) => (mayName(word) || splitWords(word).some((part) => values.has(part)) ? '…' : word))
    .join(' ')
    .trim();
  return plain.length > maxWords ? `${plain.slice(0, maxWords).toWellFormed()}…` : plain;
}

/** `HTTP 400` and, after a colon, what the platform said to what was sent. */
export function statusWith(status: number, said: unknown, sent: readonly Payload[]): string {
  const words = wordsOf(said, sent);
  return words === undefined ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}

function mayName(word: string): boolean {
  return (
    word.includes('@') ||
    word.includes('://') ||
    word.length > 40 ||
    /\d{5}/.test(word) ||
    /\d.*[a-z].*\d/i.test(word)
  );
}

/** The words of three letters and more in every value of a payload; its keys are the platform's own words. */
function addWords(value: Json, words: Set<string>): void {
  if (typeof value === 'string') for (const word of splitWords(value)) words.add(word);
  if (typeof value !== 'object' || value === null) return;
  for (const below of Object.values(value)) addWords(below, words);
}

function splitWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2);
}
