import type { Evidence } from './hop-evidence.ts';
import {
  type Difference,
  decodeOnce,
  type HopReading,
  type HopVia,
  type ParameterValue,
} from './hop-reading.ts';

/** Why a parameter was lost or damaged, what that means, and how to mend it. The list is closed. */
export const causes = {
  redirect_dropped_query: {
    what: 'the redirect names a new address without the query',
    fix: "Append the request's query to the redirect target in the rule or code that makes it.",
  },
  cached_redirect_dropped_query: {
    what: 'a redirect without the query was answered from a cache',
    fix: 'Make the redirect keep the query, then purge it from the cache and send it with Cache-Control: no-store.',
  },
  https_redirect_dropped_query: {
    what: 'the redirect from http to https names the new address without the query',
    fix: 'Redirect to https with the whole request URI (nginx: $request_uri, Apache: %{REQUEST_URI} with QSA).',
  },
  www_redirect_dropped_query: {
    what: 'the redirect between the bare domain and www names the new address without the query',
    fix: 'Redirect to the preferred host with the whole request URI, not with the path alone.',
  },
  tidy_redirect_dropped_query: {
    what: 'the redirect that tidies the path (slash, index page, letter case) leaves the query out',
    fix: 'Append the query in the rule that tidies paths, or link ads to the tidy address at once.',
  },
  locale_redirect_dropped_query: {
    what: 'the redirect to a language or country leaves the query out',
    fix: 'Pass the query on in the language redirect (in i18n middleware: copy search to the new address).',
  },
  other_host_dropped_query: {
    what: 'the redirect to another host leaves the query out',
    fix: 'Append the query to the target in the redirecting service, or put the parameters into the address it stores.',
  },
  redirect_removed_parameter: {
    what: 'the redirect keeps other parameters and leaves this one out',
    fix: 'Add the parameter to the list of those that the redirect, router or delivery network lets through.',
  },
  refresh_header_dropped_query: {
    what: 'the Refresh header names a new address without the parameter',
    fix: 'Replace the Refresh header by a 302 that keeps the query, or append the query to its address.',
  },
  meta_refresh_dropped_query: {
    what: 'the meta refresh in the page names a new address without the parameter',
    fix: 'Replace the meta refresh by a 302 that keeps the query; a fixed page cannot pass parameters on.',
  },
  script_replaced_url: {
    what: 'a script set a new address without the parameter',
    fix: 'Append location.search where the script sets the address, and change it only after the tags have read it.',
  },
  consent_reload_dropped_query: {
    what: 'the page was loaded anew without the parameter once the visitor had answered the consent banner',
    fix: 'Let the banner start the tags in place, or reload the whole address with its query.',
  },
  consent_page_dropped_query: {
    what: 'the way leads over a consent page, and the redirect to it leaves the parameter out',
    fix: 'Show the banner on the landing page itself, or pass the whole address on and come back to it.',
  },
  round_trip_dropped_query: {
    what: 'the way leads out to a sign-in or payment service without the parameter, so that it comes back without it',
    fix: 'Keep the parameters in the session, or behind a handle in state, before the way leads out; never in redirect_uri.',
  },
  form_dropped_query: {
    what: "a form replaced the query by its own fields, as every GET form does with its action's",
    fix: 'Add the parameters to the form as hidden fields.',
  },
  cross_domain_link_dropped_query: {
    what: 'a link leads to another domain without the parameter',
    fix: 'List the domain under crossDomain and let a linker hand session and campaign over, or append the query to the link.',
  },
  moved_into_fragment: {
    what: 'the parameter stands behind the # now, where no server sees it',
    fix: 'Put the query before the # of the redirect target.',
  },
  moved_into_path: {
    what: 'the question mark was escaped, so the query is part of the path now',
    fix: 'Build the target from path and query apart, so that the ? is not escaped.',
  },
  moved_into_parameter: {
    what: "the parameter is inside another parameter's value now",
    fix: 'Join with & instead of a second ?, and restore the parameters when a return address is followed.',
  },
  fragment_replaced: {
    what: "the parameter stood behind the #, and the new address does not take the old one's fragment over",
    fix: 'Carry campaign parameters in the query: a fragment survives only plain redirects that have none of their own.',
  },
  re_encoded: {
    what: 'the parameter was escaped or unescaped once too often',
    fix: 'Pass the raw query on as it came instead of decoding and encoding it again.',
  },
  re_cased: {
    what: 'the letter case was changed, which breaks click ids and splits sources in reports',
    fix: 'Change the case of the path only, never that of the query.',
  },
  truncated: {
    what: 'the query or value was cut off',
    fix: 'Raise the length limit of the column, rule or service that holds the address, to 8 KB at least.',
  },
  replaced: {
    what: 'the value was replaced by another',
    fix: 'Let the redirect add only parameters that are not there yet.',
  },
  script_navigation_dropped_query: {
    what: 'a script or meta refresh in the page went on to an address without the parameter',
    fix: 'Append location.search in the script that goes on, or let the server redirect with the query.',
  },
  browser_stripped: {
    what: 'the browser took the parameter off the address before it asked for it',
    fix: 'Nothing on the site brings it back: tag links with utm parameters too, which fewer browsers remove.',
  },
  referrer_policy: {
    what: 'the page that linked here keeps its address to itself, so the visit looks direct',
    fix: 'Send Referrer-Policy: strict-origin-when-cross-origin on own pages, and tag links that others place.',
  },
  request_refused: {
    what: 'the request with its parameters was refused',
    fix: 'Allow the parameters and addresses of up to 8 KB in the firewall or server that refused.',
  },
  unknown: {
    what: 'the next request came without the parameter, and nothing seen explains it',
    fix: 'Walk the address with throughline trace --browser to see where the parameter goes.',
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly fix: string }>>;

/** One of the closed list of causes. */
export type Cause = keyof typeof causes;

/** The cause of a parameter that is there and no longer what it was. */
export function causeOfChange(difference: Difference): Cause {
  return difference === 'same' ? 'replaced' : difference;
}

/** One parameter that came to one address and is not in the next. */
export interface Disappearance {
  readonly name: string;
  readonly came: ParameterValue;
  readonly from: HopReading;
  readonly to: HopReading;
  readonly via: HopVia;
  readonly evidence: Evidence;
}

/** The cause of a parameter that is gone: first where it went, then what kind of step left it behind. */
export function causeOfLoss({ name, came, from, to, via, evidence }: Disappearance): Cause {
  const moved = movedTo(name, came, to);
  if (moved !== undefined) return moved;
  if (isCutShort(from.address.search, to.address.search)) return 'truncated';
  if (came.place === 'fragment') return 'fragment_replaced';
  if (via === 'refresh') return 'refresh_header_dropped_query';
  if (via === 'meta') return 'meta_refresh_dropped_query';
  return causeInPage(via, evidence) ?? causeOfRedirect(from, to, evidence);
}

/** What a page did by itself or was made to do. */
function causeInPage(via: HopVia, { consentCookie, roundTrip }: Evidence): Cause | undefined {
  if (!inPage.has(via)) return undefined;
  if (consentCookie !== undefined) return 'consent_reload_dropped_query';
  if (roundTrip !== undefined) return 'round_trip_dropped_query';
  if (via === 'form') return 'form_dropped_query';
  return via === 'link' ? 'cross_domain_link_dropped_query' : 'script_replaced_url';
}

const inPage: ReadonlySet<HopVia> = new Set<HopVia>(['script', 'history', 'reload', 'form', 'link']);

function causeOfRedirect(from: HopReading, to: HopReading, evidence: Evidence): Cause {
  if (sharesPair(from.address.search, to.address.search)) return 'redirect_removed_parameter';
  if (evidence.locale !== undefined) return 'locale_redirect_dropped_query';
  if (evidence.consentPage !== undefined) return 'consent_page_dropped_query';
  if (evidence.roundTrip !== undefined) return 'round_trip_dropped_query';
  if (evidence.cached !== undefined) return 'cached_redirect_dropped_query';
  return causeBySteps(from.address, to.address);
}

function causeBySteps(from: URL, to: URL): Cause {
  if (bareHost(from) !== bareHost(to)) return 'other_host_dropped_query';
  if (from.hostname !== to.hostname) return 'www_redirect_dropped_query';
  if (from.pathname === to.pathname && from.protocol === 'http:' && to.protocol === 'https:')
    return 'https_redirect_dropped_query';
  if (from.host !== to.host) return 'other_host_dropped_query';
  const isTidied = from.pathname !== to.pathname && tidyPath(from) === tidyPath(to);
  return isTidied ? 'tidy_redirect_dropped_query' : 'redirect_dropped_query';
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^www\./, '');
}

/** The same for addresses that differ only in a slash at the end, an index page or letter case. */
function tidyPath({ pathname }: URL): string {
  return pathname.toLowerCase().replace(/(?:\/index\.[a-z]{3,5})?\/?$/, '');
}

function movedTo(name: string, came: ParameterValue, to: HopReading): Cause | undefined {
  const { address, values } = to;
  if (came.place === 'query' && values.get(name)?.place === 'fragment') return 'moved_into_fragment';
  const sought = `${came.written.toLowerCase()}=`;
  if (mentions(address.pathname, sought)) return 'moved_into_path';
  for (const pair of address.search.slice(1).split('&', 1_000)) {
    const equals = pair.indexOf('=');
    if (mentions(equals < 0 ? pair : pair.slice(0, equals), sought)) return 're_encoded';
    if (equals >= 0 && mentions(pair.slice(equals + 1), sought)) return 'moved_into_parameter';
  }
  return undefined;
}

/** Whether a text, decoded up to twice, holds `name=` where a parameter may begin. */
function mentions(text: string, sought: string): boolean {
  const once = decodeOnce(text);
  return [text, once, decodeOnce(once)].some((layer) => {
    const plain = layer.toLowerCase();
    for (let at = plain.indexOf(sought); at >= 0; at = plain.indexOf(sought, at + 1)) {
      if (at === 0 || '?&;#/'.includes(plain[at - 1] ?? '')) return true;
    }
    return false;
  });
}

/** The new query is the old one's beginning and ends inside a parameter; whole parameters are removed on purpose. */
function isCutShort(from: string, to: string): boolean {
  return to.length > 1 && to.length < from.length && from.startsWith(to) && from[to.length] !== '&';
}

function sharesPair(from: string, to: string): boolean {
  if (to === '') return false;
  const before = new Set(from.slice(1).split('&', 1_000));
  return to
    .slice(1)
    .split('&', 1_000)
    .some((pair) => pair !== '' && before.has(pair));
}
