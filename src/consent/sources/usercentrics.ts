import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { own, ownObject, parseJsonObject } from '../shared/cookie-text.ts';
import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const decided: ReadonlySet<string> = new Set(['ACCEPT_ALL', 'DENY_ALL', 'SAVE']);
const notServices: ConsentRecord = { problem: 'services of the Usercentrics record are not true or false' };

/** Usercentrics, versions 2 and 3. Formats as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'usercentrics',
  description:
    "Usercentrics keeps its record in the page's local storage, which no request carries: it is read where an event " +
    'brings along `ucData`, or `uc_settings` and `uc_user_interaction`, in `consentRecords`. Defaults are stored ' +
    'too, so a choice counts only with `uc_user_interaction` of `true`, or `UC_UI_CMP_EVENT` of `ACCEPT_ALL`, ' +
    "`DENY_ALL` or `SAVE`. Version 3's own Consent Mode answers (`adStorage` and so on) are known; services need " +
    '`consent.categories.usercentrics`, by id.',
  categories: {
    adStorage: ['ad_storage'],
    adUserData: ['ad_user_data'],
    adPersonalization: ['ad_personalization'],
    analyticsStorage: ['analytics_storage'],
  },
  optional: ['adStorage', 'adUserData', 'adPersonalization', 'analyticsStorage'],
  storageKeys: ['ucData', 'uc_settings', 'uc_user_interaction', 'UC_UI_CMP_EVENT'],
  decode,
  examples: [
    {
      title: 'version 3 after a choice',
      signals: {
        ucData: '{"gcm":{"adStorage":"denied","analyticsStorage":"granted"},"consent":{"services":{}}}',
        UC_UI_CMP_EVENT: 'SAVE',
      },
      expect: {
        source: 'usercentrics',
        types: {
          ad_storage: { state: 'denied', weight: 'choice' },
          analytics_storage: { state: 'granted', weight: 'choice' },
        },
      },
    },
    {
      title: 'version 3 before a choice: what is stored are defaults',
      signals: { ucData: '{"gcm":{"analyticsStorage":"granted"}}' },
      expect: { source: 'usercentrics', types: {} },
    },
    {
      title: "version 2 after a choice, before the site's services are mapped",
      signals: { uc_settings: '{"services":[{"id":"abc","status":true}]}', uc_user_interaction: 'true' },
      expect: {
        source: 'usercentrics',
        types: {},
        problem: "none of the record's categories is in consent.categories.usercentrics",
      },
    },
    {
      title: 'not JSON',
      signals: { ucData: 'granted' },
      expect: { source: 'usercentrics', types: {}, problem: 'the Usercentrics record is not a JSON object' },
    },
    { title: 'a request alone, which cannot carry the record', cookies: {}, expect: null },
  ],
});

function decode({ signals }: RecordPlace): ConsentRecord | null {
  const text = signals['ucData'] ?? signals['uc_settings'] ?? '';
  if (text === '') return null;
  const record = parseJsonObject(text);
  if (record === null) return { problem: 'the Usercentrics record is not a JSON object' };
  const isDecided =
    signals['uc_user_interaction'] === 'true' || decided.has(signals['UC_UI_CMP_EVENT'] ?? '');
  if (!isDecided) return undecided;
  const choices = new Map<string, boolean>();
  const isRead = 'ucData' in signals ? readVersion3(record, choices) : readVersion2(record, choices);
  return isRead ? { choices } : notServices;
}

function readVersion3(record: JsonObject, choices: Map<string, boolean>): boolean {
  for (const [name, answer] of Object.entries(ownObject(record, 'gcm') ?? {})) {
    // Beside the four types gcm has settings of the tag's, such as adsDataRedaction.
    if (answer === 'granted' || answer === 'denied') choices.set(name, answer === 'granted');
  }
  const consent = ownObject(record, 'consent') ?? {};
  for (const [id, service] of Object.entries(ownObject(consent, 'services') ?? {})) {
    const answer = isJsonObject(service) ? own(service, 'consent') : null;
    if (typeof answer !== 'boolean') return false;
    choices.set(id, answer);
  }
  return true;
}

function readVersion2(record: JsonObject, choices: Map<string, boolean>): boolean {
  const services = own(record, 'services');
  if (!Array.isArray(services)) return false;
  for (const service of services) {
    const id = isJsonObject(service) ? own(service, 'id') : null;
    const status = isJsonObject(service) ? own(service, 'status') : null;
    if (typeof id !== 'string' || typeof status !== 'boolean') return false;
    choices.set(id, status && choices.get(id) !== false);
  }
  return true;
}
