import type { CaptureProtocol, Decoded } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Reason } from '../model/reason.ts';
import { readText } from './shared/fields.ts';
import { readMpEvent, readMpRequest } from './shared/ga4-mp-event.ts';
import { findExcess, readJsonBody } from './shared/json-body.ts';
import { maxEvents, maxSharedCharacters } from './shared/limits.ts';
import { readParameters } from './shared/parameters.ts';
import { excessOf, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { emptyReply, jsonReply, refusalReply } from './shared/status.ts';

const path = '/mp/collect';
const debugPath = '/debug/mp/collect';

/** GA4's Measurement Protocol as a source: what servers send to Google themselves. */
export const protocol: CaptureProtocol = {
  name: 'ga4-mp',
  title: 'Google Analytics 4 Measurement Protocol',
  isOnByDefault: false,
  pointing:
    'Post to `https://shop.example/gmp/mp/collect` instead of `https://www.google-analytics.com/mp/collect`, where `/gmp` ' +
    'is the prefix of this protocol, with the same query and body. `api_secret` is not looked at and never stored. ' +
    'Beside `ad_user_data` and `ad_personalization`, `consent` may state every other type of Consent Mode, which is how a ' +
    'server passes on `analytics_storage`. `/debug/mp/collect` answers with `validationMessages` and keeps nothing.',
  routes: [
    { method: 'POST', path },
    { method: 'POST', path: debugPath },
  ],
  decode: (hit) => (hit.path === debugPath ? { drafts: [], rejects: [] } : read(hit)),
  accepted: (hit) =>
    hit.path === debugPath ? jsonReply(200, { validationMessages: validate(hit) }) : emptyReply,
  // Google answers 204 to everything; whoever writes to this address is better served by the reason.
  refused: (_hit, { refused, message }) =>
    refusalReply(refused, { validationMessages: [describe({ reason: refused, at: '', message })] }),
};

function read(hit: Pick<Hit, 'body' | 'query' | 'headers'>): Decoded {
  const query = readParameters(hit.query, 'query');
  if ('reason' in query) return nothingOf(query);
  const body = readJsonBody(hit.body);
  if ('reason' in body) return nothingOf(body);
  const events = isJsonObject(body.json) ? body.json['events'] : undefined;
  if (!isJsonObject(body.json) || !Array.isArray(events)) {
    return nothingOf({ reason: 'refused_malformed', at: 'events', message: '`events` is not an array' });
  }
  const shared = sharedBy(body.json);
  if ('reject' in shared) return nothingOf(shared.reject);
  const measurementId = readText(query.get('measurement_id') ?? query.get('firebase_app_id'));
  const request = readMpRequest(shared.json, { sentBy: senderOf(hit), measurementId });
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of events.slice(0, maxEvents).entries()) {
    const decoded = readMpEvent(event, request, index);
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(events.length, 'events')] };
}

/** The request without its events, which every event repeats, so that its size counts. */
function sharedBy(body: JsonObject): { readonly json: JsonObject } | { readonly reject: Reject } {
  const { events: _events, ...json } = body;
  const excess = findExcess(json, 'body');
  if (excess) return { reject: excess };
  if (JSON.stringify(json).length <= maxSharedCharacters) return { json };
  const message = `what the events share is longer than ${maxSharedCharacters} characters`;
  return { reject: { reason: 'refused_malformed', at: 'body', message } };
}

/** Google, "Limits" and "Validate events", 2026-11-24. */
const maxEventsAtGoogle = 25;
const nameAtGoogle = /^[A-Za-z]\w{0,39}$/;

/** What the gateway would reject, and what Google would: an event that goes on there has to pass both. */
function validate(hit: Hit): Json {
  const { drafts, rejects } = read(hit);
  const messages = rejects.map(describe);
  if (drafts.length > maxEventsAtGoogle) {
    messages.push({
      fieldPath: 'events',
      description: `${drafts.length} events in one request; Google takes ${maxEventsAtGoogle}.`,
      validationCode: 'EXCEEDED_MAX_ENTITIES',
    });
  }
  const badNames = new Set(drafts.map(({ name }) => name).filter((name) => !nameAtGoogle.test(name)));
  for (const name of badNames) {
    messages.push({
      fieldPath: 'events',
      description: `Google does not take the name [${name}]: up to 40 letters, digits and _, a letter first.`,
      validationCode: 'NAME_INVALID',
    });
  }
  if (drafts.some(({ clientIds }) => clientIds === undefined)) {
    messages.push({
      fieldPath: 'client_id',
      description: 'Google needs client_id, or app_instance_id of an app.',
      validationCode: 'VALUE_REQUIRED',
    });
  }
  return messages;
}

const codes: ReadonlyMap<Reason, string> = new Map<Reason, string>([
  ['refused_too_many', 'EXCEEDED_MAX_ENTITIES'],
  ['refused_too_large', 'VALUE_OUT_OF_BOUNDS'],
]);

function describe({ reason, at, message }: Reject) {
  return { fieldPath: at, description: message, validationCode: codes.get(reason) ?? 'VALUE_INVALID' };
}
