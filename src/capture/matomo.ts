import type { CaptureProtocol, Decoded } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject } from '../model/json.ts';
import { readJson, readTextBody } from './shared/json-body.ts';
import { maxEvents } from './shared/limits.ts';
import { readMatomoEvent } from './shared/matomo-event.ts';
import { type Parameters, readParameters } from './shared/parameters.ts';
import { excessOf, listRejects, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { emptyReply, jsonReply, pixelReply, refusalReply } from './shared/status.ts';

const paths = ['/matomo.php', '/piwik.php', '/ppms.php'] as const;

/** Matomo's and Piwik PRO's tracking API: query, form or bulk, whatever the content type says. */
export const protocol: CaptureProtocol = {
  name: 'matomo',
  title: 'Matomo and Piwik PRO',
  isOnByDefault: false,
  pointing:
    "`_paq.push(['setTrackerUrl', 'https://shop.example/m/matomo.php'])`, where `/m` is the prefix of this protocol; the " +
    'site id is kept with the event. `matomo-tracker` for Node takes the same address. `token_auth` is not looked at ' +
    'and never stored, so what only it allows (`cip`, `cdt` and the like) counts for events of servers only.',
  routes: [
    ...paths.map((path) => ({ method: 'POST', path }) as const),
    ...paths.map((path) => ({ method: 'GET', path }) as const),
  ],
  decode,
  accepted(hit, accepted, rejects) {
    if (wantsNothing(hit)) return emptyReply;
    if (!isBulk(hit)) return pixelReply;
    return jsonReply(200, {
      status: 'success',
      tracked: accepted,
      invalid: rejects.length,
      ...(rejects.length > 0 && { rejected: listRejects(rejects) }),
    });
  },
  refused: (hit, { refused, message }) =>
    hit.method === 'GET' ? pixelReply : refusalReply(refused, { status: 'error', message }),
};

/** `send_image=0` asks for no answer, in the query of a request or in the JSON around many. */
function wantsNothing({ query, body }: Pick<Hit, 'query' | 'body'>): boolean {
  const text = readTextBody(body);
  if ('reason' in text) return false;
  const json = isBulk({ body }) ? readJson(text.text)?.json : undefined;
  if (isJsonObject(json)) return json['send_image'] === 0 || json['send_image'] === '0';
  return new URLSearchParams(text.text === '' ? query : text.text).get('send_image') === '0';
}

function isBulk({ body }: Pick<Hit, 'body'>): boolean {
  return body[0] === openBrace;
}

const openBrace = 0x7b;

function decode(hit: Hit): Decoded {
  const body = readTextBody(hit.body);
  if ('reason' in body) return nothingOf(body);
  const shared = readParameters(hit.query, 'query');
  if ('reason' in shared) return nothingOf(shared);
  if (isBulk(hit)) return decodeBulk(body.text, hit);
  const parameters = body.text === '' ? shared : readParameters(body.text, 'body', shared);
  if ('reason' in parameters) return nothingOf(parameters);
  const draft = decodeOne(parameters, hit, 'query');
  return 'reason' in draft ? nothingOf(draft) : { drafts: [draft], rejects: [] };
}

function decodeBulk(text: string, hit: Hit): Decoded {
  const json = readJson(text)?.json;
  const requests = isJsonObject(json) ? json['requests'] : undefined;
  if (!Array.isArray(requests)) {
    return nothingOf({ reason: 'refused_malformed', at: 'body', message: '`requests` is not an array' });
  }
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, request] of requests.slice(0, maxEvents).entries()) {
    const at = `requests[${index}]`;
    const decoded =
      typeof request === 'string'
        ? decodeQuery(request, hit, at)
        : ({ reason: 'refused_invalid', at, message: 'a request is its query as text' } as const);
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(requests.length, 'requests')] };
}

function decodeQuery(request: string, hit: Hit, at: string): Draft | Reject {
  const parameters = readParameters(request.startsWith('?') ? request.slice(1) : request, at);
  return 'reason' in parameters ? parameters : decodeOne(parameters, hit, at);
}

/** `rec=1` and a site are what makes a request one to be counted. */
function decodeOne(parameters: Parameters, hit: Hit, at: string): Draft | Reject {
  if (parameters.get('rec') !== '1' || !parameters.has('idsite')) {
    return { reason: 'refused_invalid', at, message: 'a request to be counted has `idsite` and `rec=1`' };
  }
  return readMatomoEvent(parameters, senderOf(hit));
}
