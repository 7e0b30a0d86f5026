import type { Json } from '../../model/json.ts';
import { jsonReading } from './cookie-text.ts';
import { answersIn, type ConsentRecord } from './record.ts';

/** A cookie that is a JSON object of services, each true or false, and nothing else; `''`: no record. */
export function servicesRecord(value: string, cookie: string): ConsentRecord | null {
  if (value === '') return null;
  const record = jsonReading(value);
  if (record === null) return { problem: `${cookie} is not a JSON object` };
  return booleansRecord(Object.entries(record), cookie);
}

/** Answers that are true or false. */
export function booleansRecord(entries: Iterable<readonly [string, Json]>, cookie: string): ConsentRecord {
  const choices = answersIn(entries, [true, false]);
  return choices === null ? { problem: `a choice in ${cookie} is neither true nor false` } : { choices };
}
