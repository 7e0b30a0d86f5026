import type { Draft } from '../../model/hit.ts';
import { isJsonObject, type Json } from '../../model/json.ts';

/** Where consent managers that keep their record in local storage alone keep it; `UC_UI_CMP_EVENT` is an event's type. */
const recordKeys = [
  'TERMLY_API_CACHE',
  'UC_UI_CMP_EVENT',
  'ucData',
  'uc_settings',
  'uc_user_interaction',
] as const;

/**
 * Records of consent managers that an event brings along from the page's local storage, as signals under their own keys.
 * Other keys are left out, so that nothing here can pass for another signal.
 */
export function recordSignals(records: Json | undefined): NonNullable<Draft['signals']> {
  const signals: Record<string, string> = {};
  if (!isJsonObject(records)) return signals;
  for (const key of recordKeys) {
    const value = Object.hasOwn(records, key) ? records[key] : undefined;
    if (typeof value === 'string' && value !== '') signals[key] = value;
  }
  return signals;
}
