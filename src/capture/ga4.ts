import type { CaptureProtocol, Decoded, Reply } from '../contract/protocol.ts';
import type { Page } from '../model/event.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { digest } from './shared/digest.ts';
import { readNumber, readText } from './shared/fields.ts';
import { readGa4Fields } from './shared/ga4-parameters.ts';
import { readTextBody } from './shared/json-body.ts';
import { maxEvents, maxNameCharacters } from './shared/limits.ts';
import { type Parameters, readParameters } from './shared/parameters.ts';
import { excessOf, nothingOf } from './shared/reject.ts';
import { emptyReply } from './shared/status.ts';

/** gtag.js, protocol version 2. Closed; read from recorded hits and Google's help pages, 2026-11-23. */
export const protocol: CaptureProtocol = {
  name: 'ga4',
  title: 'Google Analytics 4 (gtag.js)',
  isOnByDefault: true,
  pointing:
    "Set `server_container_url` to the gateway's address and prefix, as in `gtag('config', 'G-XXXX', " +
    "{ server_container_url: 'https://shop.example/metrics' })`, or as configuration parameter of the Google tag. " +
    'Hits then go to `/metrics/g/collect`.',
  routes: [
    { method: 'POST', path: '/g/collect' },
    { method: 'GET', path: '/g/collect' },
  ],
  decode,
  accepted: () => reply,
  // Google's endpoint answers 204 to everything, and gtag.js reads nothing else.
  refused: () => reply,
};

const reply: Reply = {
  ...emptyReply,
  headers: { ...emptyReply.headers, 'content-type': 'text/plain' },
};

function decode(hit: Hit): Decoded {
  const shared = readParameters(hit.query, 'query');
  if ('reason' in shared) return nothingOf(shared);
  const body = readTextBody(hit.body);
  if ('reason' in body) return nothingOf(body);
  const lines = body.text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [firstLine] = lines;
  const first = firstLine === undefined ? shared : readParameters(firstLine, 'line[0]', shared);
  if (!('reason' in first) && first.get('v') !== '2') return nothingOf(unknownVersion);
  if (firstLine === undefined) return collect([decodeEvent(shared, 0, 'query')], []);
  const decoded = lines.slice(0, maxEvents).map((line, index) => {
    const parameters = readParameters(line, `line[${index}]`, shared);
    return 'reason' in parameters ? parameters : decodeEvent(parameters, index, `line[${index}]`);
  });
  return collect(decoded, excessOf(lines.length, 'line'));
}

const unknownVersion: Reject = {
  reason: 'refused_unknown_version',
  at: 'query',
  message: '`v` is not a version that is understood; it is 2',
};

function collect(decoded: readonly (Draft | Reject)[], excess: readonly Reject[]): Decoded {
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const one of decoded) {
    if ('reason' in one) rejects.push(one);
    else drafts.push(one);
  }
  return { drafts, rejects: [...rejects, ...excess] };
}

function decodeEvent(parameters: Parameters, index: number, at: string): Draft | Reject {
  const name = readText(parameters.get('en'));
  if (name === undefined)
    return { reason: 'refused_invalid', at: `${at}.en`, message: 'an event needs a name, `en`' };
  if (name.length > maxNameCharacters)
    return {
      reason: 'refused_invalid',
      at: `${at}.en`,
      message: `longer than ${maxNameCharacters} characters`,
    };
  const id = idOf(parameters, name, index);
  const page = pageOf(parameters);
  const userId = readText(parameters.get('uid'));
  const clientId = readText(parameters.get('cid'));
  const engagementMs = readNumber(parameters.get('_et'));
  const screen = readText(parameters.get('sr'));
  const language = readText(parameters.get('ul'));
  return {
    name,
    ...(id !== undefined && { id }),
    sentBy: 'browser',
    ...(page && { page }),
    ...(userId !== undefined && { userId }),
    ...(clientId !== undefined && { clientIds: { ga: clientId } }),
    ...(engagementMs !== undefined && engagementMs >= 0 && { engagementMs: Math.trunc(engagementMs) }),
    ...(screen !== undefined && { screen }),
    ...(language !== undefined && { language }),
    ...readGa4Fields(parameters),
  };
}

/**
 * gtag.js sends no event id. These tell one event of one page from every other, and are the same when the hit is sent
 * again; without the page's and the hit's number nothing does, and the edge makes an id.
 */
function idOf(parameters: Parameters, name: string, index: number): string | undefined {
  const page = parameters.get('_p');
  const hitNumber = parameters.get('_s');
  if (page === undefined || hitNumber === undefined) return undefined;
  const [tid, cid, sid] = ['tid', 'cid', 'sid'].map((key) => parameters.get(key) ?? '');
  return digest([tid, cid, sid, page, hitNumber, name, index]);
}

function pageOf(parameters: Parameters): Page | undefined {
  const url = readText(parameters.get('dl'));
  const referrer = readText(parameters.get('dr'));
  const title = readText(parameters.get('dt'));
  const loadId = loadIdOf(parameters);
  const page: Page = {
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
    ...(title !== undefined && { title }),
    ...(loadId !== undefined && { loadId }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

/** `_p` is the time of the load since 2024, so that two visitors may share it; with the client id they cannot. */
function loadIdOf(parameters: Parameters): string | undefined {
  const page = parameters.get('_p');
  const clientId = parameters.get('cid');
  return page === undefined || clientId === undefined ? undefined : digest([clientId, page]);
}
