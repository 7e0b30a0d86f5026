import {
  type CompanionCookie,
  companionCookies,
  companionPlatforms,
  cookiesLeftAlone,
} from '../src/campaign/companion-cookies.ts';
import { companionConsent } from '../src/campaign/companions.ts';

/** The reference page of the companion cookies, in Markdown. */
export function companionCookiesPage(): string {
  const cookies = companionPlatforms.flatMap((platform) =>
    companionCookies.filter((cookie) => cookie.platform === platform),
  );
  return `${[
    '# Companion cookies',
    "Ad platforms' own tags keep the click and the browser in first-party cookies. Browsers cut the life of what scripts " +
      'write to seven days or less. The gateway sets the same cookies by HTTP, or gives them their whole life again, for ' +
      'the platforms named under `campaign.companionCookies` and for no other.',
    `Only where ${companionConsent.map(code).join(' and ')} are granted, by the same signals that events go by; an ` +
      'opt-out of sale and sharing, such as GPC, denies the second. Undecided: nothing is set. Where the visitor has ' +
      'denied `ad_storage`, the cookies of the named platforms that are there are expired.',
    'On the registrable domain (`cookieDomain`), path `/`, `SameSite=Lax`, `Secure` on https, and readable by scripts, ' +
      'because that is what they are for. A cookie that the upstream sets in the same answer wins.',
    '## Clicks',
    'Set from the address of a page, with `set`. A click that is known already keeps its time. Cookies with a time are ' +
      'given back what is left of their days since the click; the others are only set with it.',
    table(
      ['Cookie', 'Platform', 'Parameter', 'Format', 'Days'],
      cookies.flatMap((cookie) =>
        cookie.kind === 'click'
          ? [[code(cookie.name), code(cookie.platform), cookie.from, code(cookie.format.shown), days(cookie)]]
          : [],
      ),
    ),
    '## Browsers',
    'Given their whole life again. Those with a format are also made, with `set`, where the browser has none and ' +
      "`analytics_storage` is granted: from the gateway's visitor id, so that a lost one comes back the same.",
    table(
      ['Cookie', 'Platform', 'Format', 'Days'],
      cookies.flatMap((cookie) =>
        cookie.kind === 'browser'
          ? [[code(cookie.name), code(cookie.platform), shown(cookie.madeAs), days(cookie)]]
          : [],
      ),
    ),
    '## When',
    'With the answer to a proxied navigation (a document, no prefetch, status 200 to 399) that brings a new click or ' +
      "lacks a cookie, and on a visitor's first page of a day; such an answer is `private` to caches. And with the " +
      'reply to every hit, which comes after the scripts of the page have written theirs: also that to the hit by which ' +
      'consent is granted after the landing.',
    '## Left alone',
    table(
      ['Cookies', 'Platform', 'Not set, because'],
      cookiesLeftAlone.map(([names, platform, why]) => [
        names.split(' ').map(code).join(', '),
        platform,
        why,
      ]),
    ),
  ].join('\n\n')}\n`;
}

type Row = readonly string[];

function days(cookie: CompanionCookie): string {
  return String(cookie.days);
}

function shown(format: string | undefined): string {
  return format === undefined ? "the tag's own" : code(format);
}

function table(heading: Row, rows: readonly Row[]): string {
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
