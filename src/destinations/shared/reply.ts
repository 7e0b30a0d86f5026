import { type Answer, judgeByStatus, type Outcome, type Payload } from '../../contract/destination.ts';

/** An answer with its body read as JSON; undefined where it is none. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** What a platform's own JSON means: an outcome for each payload in order, one for all, or nothing that it says. */
type Read = (reply: Reply, sent: readonly Payload[]) => readonly Outcome[] | Outcome | undefined;

/**
 * Judges by the platform's own words, and by the status where it has none. No answer, redirects, rate limits and server
 * errors never reach `read`. An HTML page comes from the platform's front and says nothing about the events: tried again.
 */
export function judgeJson(answer: Answer, sent: readonly Payload[], read: Read): readonly Outcome[] {
  if (answer.kind === 'failed') return judgeByStatus(answer, sent);
  const { status, headers, body } = answer;
  const isRead = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!isRead || status === 408 || status === 425 || status === 429) return judgeByStatus(answer, sent);
  if (status === 413) return sent.map(() => refusedWhole('HTTP 413', sent));
  const json = parseJson(body);
  if (json === undefined && body.trim() !== '' && status !== 401) {
    return sent.map(() => ({ kind: 'retry', message: `HTTP ${status} without JSON` }));
  }
  const outcome = read({ status, headers, json }, sent);
  if (outcome === undefined) return judgeByStatus(answer, sent);
  if ('kind' in outcome) return sent.map(() => outcome);
  return outcome.length === sent.length ? outcome : judgeByStatus(answer, sent);
}

/** Refused for good where it was alone; a batch is halved until it is known which event it was. */
export function refusedWhole(message: string, sent: readonly Payload[]): Outcome {
  return sent.length > 1 ? { kind: 'split', message } : { kind: 'rejected', message };
}

const maxWords = 300;

/**
 * A platform's own words, without what may repeat a value of the event: what stands in quotes, addresses, and every
 * token that is neither a word, a field's path nor a short number.
 */
export function words(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const shown = text
    .slice(0, maxWords)
    .replace(/"[^"]*"?|`[^`]*`?|(?<=^|[\s(:=[])'[^']*'?/g, '…')
    .replace(/\S*@\S*|https?:\S*/g, '…')
    .replace(/[\w.+-]{4,}/g, (token) => (isPlain(token) ? token : '…'))
    .replace(/\s+/g, ' ')
    .trim();
  return shown === '' ? '' : `: ${shown}`;
}

function isPlain(token: string): boolean {
  const parts = token.split(/[._]/);
  const numbers = parts.filter((part) => /^\d{1,5}$/.test(part)).length;
  // Three numbers with dots between them are an address or a date.
  return numbers < 3 && parts.every((part) => /^(?:[a-z-]{0,24}|\d{1,5}|sha-?256)$/i.test(part));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
