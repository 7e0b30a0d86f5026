import { consentTypes } from '../model/consent.ts';

/** What a visitor of an earlier visit had answered. */
export type ConsentChoice = 'granted' | 'denied';

/** A cookie that the visitor brings along. */
export interface BroughtCookie {
  readonly name: string;
  readonly value: string;
}

/** The consent tools whose stored choice is a cookie that anybody can write; shown in the command's help. */
export const consentTools = [
  'Throughline',
  'OneTrust',
  'Cookiebot',
  'CookieYes',
  'Complianz',
  'WP Consent API',
  'CookieFirst',
] as const;

/**
 * The cookies in which these tools keep a choice, as each writes it (values seen in public use, 2026-11-24). Tools that
 * keep it in local storage, encrypt it or number their own categories are left out: a guess would be taken for an answer.
 */
export function consentCookies(choice: ConsentChoice, nowMs: number): readonly BroughtCookie[] {
  const isGranted = choice === 'granted';
  const [flag, word, permission] = isGranted ? [1, 'yes', 'allow'] : [0, 'no', 'deny'];
  const at = new Date(nowMs).toISOString();
  const groups = `C0001:1,C0002:${flag},C0003:${flag},C0004:${flag},C0005:${flag}`;
  const cookiebot =
    `{stamp:%27trace==%27%2Cnecessary:true%2Cpreferences:${isGranted}%2Cstatistics:${isGranted}` +
    `%2Cmarketing:${isGranted}%2Cmethod:%27explicit%27%2Cver:1%2Cutc:${nowMs}%2Cregion:%27de%27}`;
  const cookieFirst = JSON.stringify({
    necessary: true,
    performance: isGranted,
    functional: isGranted,
    advertising: isGranted,
    timestamp: Math.floor(nowMs / 1000),
    type: 'category',
    version: '00000000-0000-4000-8000-000000000001',
  });
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['tl_consent', `1.${consentTypes.map(() => (isGranted ? 'g' : 'd')).join('')}`],
    [
      'OptanonConsent',
      `version=202604.1.0&isIABGlobal=false&interactionCount=1&groups=${encodeURIComponent(groups)}&intType=${isGranted ? 1 : 2}`,
    ],
    ['OptanonAlertBoxClosed', at],
    ['CookieConsent', cookiebot],
    [
      'cookieyes-consent',
      `consentid:trace,consent:${word},action:yes,necessary:yes,functional:${word},analytics:${word},performance:${word},advertisement:${word},other:${word}`,
    ],
    ['cmplz_banner-status', 'dismissed'],
    ['cmplz_functional', 'allow'],
    ...['preferences', 'statistics', 'marketing'].flatMap(
      (category) =>
        [
          [`cmplz_${category}`, permission],
          [`wp_consent_${category}`, permission],
        ] as const,
    ),
    ['wp_consent_functional', 'allow'],
    ['cookiefirst-consent', encodeURIComponent(cookieFirst)],
  ];
  return rows.map(([name, value]) => ({ name, value }));
}

/** Cookies in which consent tools keep the visitor's answer, by name or its beginning (2026-11-24). */
const consentNames =
  /^(?:tl_consent|OptanonAlertBoxClosed|OptanonConsent|CookieConsent|cookieyes-consent|cmplz_|wp_consent_|cookiefirst-consent|didomi_token|euconsent-v2|axeptio_cookies|_iub_cs-|notice_gdpr_prefs|notice_preferences|cmapi_cookie_privacy|klaro|tarteaucitron|cc_cookie|borlabs-cookie|_tracking_consent|hu-consent|CookieControl|__hs_cookie_cat_pref|consent-policy|CookieInformationConsent|CookieScriptConsent)/;

/** Whether a cookie of this name is one in which a consent tool keeps an answer. */
export function isConsentCookie(name: string): boolean {
  return consentNames.test(name);
}
