import { compileHosts } from './hosts.ts';
import { ignoredReferrers } from './ignored-referrers.ts';

/** Whether one step leads over a consent page, or out to a service that sends the visitor back. */
export interface DetourFacts {
  /** The part of the path or host that says so, such as `/cookie-wall`. */
  readonly consentPage?: string;
  /** The service's host, or the parameter that holds the return address, such as `redirect_uri`. */
  readonly roundTrip?: string;
}

/** Reads what the next address says of the way's purpose. */
export function detourFacts(from: URL, to: URL): DetourFacts {
  const consentPage = consentPageOf(from, to);
  const roundTrip = roundTripOf(from, to);
  return {
    ...(consentPage !== undefined && { consentPage }),
    ...(roundTrip !== undefined && { roundTrip }),
  };
}

const consentWords = /^(?:cookie|privacy|gdpr|cmp)?[-_]?(?:consent|wall)s?$|^(?:cmp|gdpr|guce)$/i;

function consentPageOf(from: URL, to: URL): string | undefined {
  const segment = to.pathname.split('/', 20).find((part) => consentWords.test(part));
  if (segment !== undefined) return `/${segment}`;
  const [label = ''] = to.hostname.split('.', 1);
  return from.hostname !== to.hostname && consentWords.test(label) ? `${label}.` : undefined;
}

const isService = compileHosts(ignoredReferrers.map((pattern) => [pattern, true] as const));

/**
 * What sign-in and payment services are told of the way back: OAuth 2.0 and OpenID Connect, SAML 2.0, WS-Federation, and
 * the names that payment services use (2026-11-24).
 */
const returnParameters: ReadonlySet<string> = new Set([
  ...['redirect_uri', 'samlrequest', 'relaystate', 'wreply', 'wtrealm', 'service'],
  ...['return_url', 'returnurl', 'return_to', 'returnto', 'success_url', 'cancel_url', 'callback_url'],
]);

const maxNames = 200;

function roundTripOf(from: URL, to: URL): string | undefined {
  if (from.host !== to.host && isService(to.hostname) === true) return to.hostname;
  let seen = 0;
  for (const name of to.searchParams.keys()) {
    if (++seen > maxNames) return undefined;
    if (returnParameters.has(name.toLowerCase())) return name;
  }
  return undefined;
}
