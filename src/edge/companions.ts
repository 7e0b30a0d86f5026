import type { IncomingMessage } from 'node:http';
import { isGranted } from '../model/consent.ts';
import type { CollectTools } from './collect.ts';
import { changesFor, isDue, rawCookies, setCookieFor } from './companion-jar.ts';
import { withPlace } from './connection.ts';
import { addCookies } from './cookies.ts';
import type { HeaderMap } from './headers.ts';
import type { Navigation } from './page-view.ts';
import { consentOf, hitOf } from './request-hit.ts';

/**
 * Sets companion cookies with the answer to a navigation that the gateway does not count, in place. Only what is new, or
 * what a visitor's first page of the day renews: with a cookie the answer is out of reach of shared caches. The page never
 * waits for it and never fails because of it.
 */
export function addCompanions(
  req: IncomingMessage,
  navigation: Navigation,
  answer: { readonly status: number; readonly headers: HeaderMap },
  tools: CollectTools,
): void {
  const { site, hostname } = navigation;
  if (site.companions === null || answer.status < 200 || answer.status >= 400) return;
  try {
    const connection = withPlace(req, navigation.connection, navigation.client);
    const hit = hitOf(req, hostname, tools.nowMs());
    const at = { hit, site, connection };
    const consent = consentOf(at);
    const visitor = isGranted(consent, 'analytics_storage')
      ? tools.readVisitor(hit.cookies[site.cookieName])
      : null;
    const changes = changesFor(at, site.companions, {
      consent,
      cookies: rawCookies(hit),
      url: `${connection.protocol}://${req.headers.host ?? hostname}${req.url ?? '/'}`,
      moment: 'landing',
      visitor,
    });
    const isNewDay = visitor !== null && hit.receivedAtMs / 1000 - visitor.setSec > daySec;
    if (!isDue(changes, isNewDay)) return;
    addCookies(
      answer.headers,
      changes.map((change) => setCookieFor(at, change)),
    );
    tools.tally.add('companions', changes.some(({ value }) => value === '') ? 'expired' : 'set');
  } catch (error) {
    tools.logger.error(
      { site: site.name, error: String(error) },
      'companion cookies failed; the page was served',
    );
  }
}

const daySec = 86_400;
