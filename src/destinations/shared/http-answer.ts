import {
  type Answer,
  judgeByStatus,
  type Outcome,
  type Payload,
  retryAfter,
} from '../../contract/destination.ts';
import { all, parseJson, refuseBatch, statusWith } from './answer.ts';
import type { AnswerRule } from './http-settings.ts';

/** By the first rule that holds, else by the status. A batch that is refused as a whole goes again one by one. */
export function judgeByRules(
  answer: Answer,
  sent: readonly Payload[],
  rules: readonly AnswerRule[],
): readonly Outcome[] {
  if (answer.kind === 'failed') return judgeByStatus(answer, sent);
  const { status, headers, body } = answer;
  const rule = rules.find((one) => holds(one, answer));
  const message = statusWith(status, isPage(body) ? undefined : body, sent);
  if (rule === undefined) {
    const byStatus = judgeByStatus(answer, sent);
    return byStatus[0]?.kind === 'rejected' && status >= 400 ? refuseBatch(sent, message) : byStatus;
  }
  switch (rule.outcome) {
    case 'delivered':
      return all(sent, { kind: 'delivered', note: `HTTP ${status}` });
    case 'retry':
      return all(sent, { kind: 'retry', message, ...retryAfter(headers) });
    case 'rejected':
      return refuseBatch(sent, message);
    case 'unauthorised':
      return all(sent, { kind: 'unauthorised', message });
  }
}

type Answered = Extract<Answer, { kind: 'answered' }>;

function holds(rule: AnswerRule, { status, body }: Answered): boolean {
  if (!isStatus(rule.status, status)) return false;
  if (rule.contains !== undefined && !body.includes(rule.contains)) return false;
  if (rule.field === undefined) return true;
  const value = fieldOf(parseJson(body), rule.field);
  return rule.equals === undefined ? value !== undefined : value === rule.equals;
}

function isStatus(wanted: number | string, status: number): boolean {
  if (typeof wanted === 'number') return status === wanted;
  if (wanted.endsWith('xx')) return String(status).startsWith(wanted.charAt(0));
  const [from, to] = wanted.split('-').map(Number);
  return from !== undefined && to !== undefined && status >= from && status <= to;
}

function fieldOf(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function isPage(body: string): boolean {
  return /^\s{0,100}</.test(body);
}
