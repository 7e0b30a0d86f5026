import type { LinkedVisitor } from '../campaign/link-content.ts';
import { isGranted } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { Visitor } from '../model/event.ts';
import { deriveFbp } from '../visitor/browser-ids.ts';
import { readClientIds } from '../visitor/client-ids.ts';
import {
  type BrowserMarks,
  exactMarks,
  formatVisitorCookie,
  type KnownVisitor,
  keyFromClientIds,
  type VisitorCookie,
} from '../visitor/identity.ts';
import type { Context, ResolveTools } from './context.ts';
import { maxCookieAgeSec, serverCookie } from './cookies.ts';
import { judgeHandover, reserveHandover } from './link-arrival.ts';

/** Who sent a draft, as far as consent lets us know, and the cookie that keeps it so. */
export interface Identity {
  readonly visitor?: Visitor;
  readonly setCookie?: string;
  readonly decision: Decision;
  /** Why a visitor that a link named was not taken over. */
  readonly refusedLink?: Decision;
}

const daySec = 86_400;

/**
 * Finds or makes the visitor. Without analytics_storage nothing is read; a cookie that an earlier consent allowed is
 * expired once the visitor has denied. A browser goes by our cookie; a server-side SDK, which keeps none, by its tool's id.
 */
export function identify(context: Context, tools: ResolveTools): Identity {
  const { consent, hit, site } = context;
  const raw = hit.cookies[site.cookieName];
  if (!isGranted(consent, 'analytics_storage')) {
    reserveHandover(context.handover, context);
    const isDenied = consent.types.analytics_storage.basis === 'signal';
    return {
      decision: { stop: 'visitor', reason: 'visitor_none' },
      ...(isDenied && raw !== undefined && { setCookie: cookieFor(context, '', 0) }),
    };
  }
  const known = tools.readVisitor(raw);
  const verdict = judgeHandover(context.handover, known, context);
  if (verdict?.visitor !== undefined) return linked(context, verdict.visitor, tools);
  const identity = identifyAlone(context, known, tools);
  if (verdict === null) return identity;
  const decision: Decision = { stop: 'visitor', reason: verdict.reason };
  return verdict.reason === 'visitor_linked'
    ? { ...identity, decision }
    : { ...identity, refusedLink: decision };
}

/** The cookie that gives a navigation's browser the visitor that a link names; undefined: it stays as it is. */
export function cookieByLink(context: Context, tools: ResolveTools): string | undefined {
  const { consent, hit, site } = context;
  if (!isGranted(consent, 'analytics_storage')) return undefined;
  const known = tools.readVisitor(hit.cookies[site.cookieName]);
  const visitor = judgeHandover(context.handover, known, context)?.visitor;
  return visitor === undefined ? undefined : linked(context, visitor, tools).setCookie;
}

function identifyAlone(context: Context, known: KnownVisitor | null, tools: ResolveTools): Identity {
  if (known !== null) return recognised(context, known);
  if (context.draft.sentBy === 'server') return named(context);
  return firstSeen(context, tools);
}

/** The browser's other first requests, which left before this cookie could reach it, get the same visitor. */
function linked(context: Context, { id, firstSeenSec }: LinkedVisitor, tools: ResolveTools): Identity {
  const { receivedAtMs } = context.hit;
  const cookie: VisitorCookie = { id, firstSeenSec, setSec: Math.floor(receivedAtMs / 1000) };
  tools.lock.adopt(marksOf(context), receivedAtMs, cookie);
  return {
    visitor: toVisitor(context, cookie, { age: 'known', derived: derivedIds(context, deriveFbp(cookie)) }),
    decision: { stop: 'visitor', reason: 'visitor_linked' },
    setCookie: cookieFor(context, formatVisitorCookie(cookie), maxCookieAgeSec),
  };
}

function recognised(context: Context, known: KnownVisitor): Identity {
  const nowSec = Math.floor(context.hit.receivedAtMs / 1000);
  // Browsers cut the life at 400 days from the last Set-Cookie, so a returning visitor's is renewed once a day.
  const isStale = nowSec - known.setSec > daySec;
  return {
    visitor: toVisitor(context, known, { age: 'known', derived: derivedIds(context, known.fbp) }),
    decision: { stop: 'visitor', reason: 'visitor_known' },
    ...(isStale && {
      setCookie: cookieFor(context, formatVisitorCookie({ ...known, setSec: nowSec }), maxCookieAgeSec),
    }),
  };
}

function named(context: Context): Identity {
  const { draft, hit, site } = context;
  const id = keyFromClientIds(site.name, draft.clientIds ?? {});
  if (id === undefined)
    return { decision: { stop: 'visitor', reason: 'visitor_none', facts: { why: 'no client id' } } };
  const firstSeenSec = Math.floor(hit.receivedAtMs / 1000);
  return {
    // No derived id: its time is the browser's first, which nobody knows here.
    visitor: toVisitor(context, { id, firstSeenSec }, { age: 'known', derived: {} }),
    decision: { stop: 'visitor', reason: 'visitor_named' },
  };
}

function firstSeen(context: Context, tools: ResolveTools): Identity {
  const { hit } = context;
  const nowSec = Math.floor(hit.receivedAtMs / 1000);
  const { cookie, isNew } = tools.lock.claim(marksOf(context), hit.receivedAtMs, () => ({
    id: tools.newId(),
    firstSeenSec: nowSec,
    setSec: nowSec,
  }));
  return {
    visitor: toVisitor(context, cookie, { age: 'new', derived: derivedIds(context, deriveFbp(cookie)) }),
    decision: { stop: 'visitor', reason: isNew ? 'visitor_new' : 'visitor_joined' },
    setCookie: cookieFor(context, formatVisitorCookie(cookie), maxCookieAgeSec),
  };
}

function marksOf({ hit, draft, site, connection, protocol }: Context): BrowserMarks {
  const { 'user-agent': agent, 'accept-language': language } = hit.headers;
  return {
    site: site.name,
    exact: exactMarks({
      protocol,
      clientIds: draft.clientIds ?? {},
      ...(draft.page?.loadId !== undefined && { loadId: draft.page.loadId }),
    }),
    ...(connection.ip !== null &&
      agent !== undefined && { network: `${connection.ip}|${language ?? ''}|${agent}` }),
  };
}

/** Ids that other tools would give this browser, made from ours so that there is one each. */
function derivedIds({ consent }: Context, fbp: string): Record<string, string> {
  return isGranted(consent, 'ad_storage') ? { fbp } : {};
}

function toVisitor(
  { consent, hit, draft }: Context,
  { id, firstSeenSec }: Pick<VisitorCookie, 'id' | 'firstSeenSec'>,
  { age, derived }: { readonly age: 'new' | 'known'; readonly derived: Readonly<Record<string, string>> },
): Visitor {
  const fromCookies = readClientIds(hit.cookies, (type) => isGranted(consent, type));
  return {
    key: id,
    isNew: age === 'new',
    firstSeenAtMs: firstSeenSec * 1000,
    ...(draft.userId !== undefined && { userId: draft.userId }),
    clientIds: { ...derived, ...fromCookies, ...draft.clientIds },
  };
}

function cookieFor({ site, hit, connection }: Context, value: string, maxAgeSec: number): string {
  const domain = site.cookieDomain(hit.host);
  return serverCookie({ name: site.cookieName, value, domain, protocol: connection.protocol, maxAgeSec });
}
