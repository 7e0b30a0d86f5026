/** One ad click as a cookie keeps it. */
export interface Click {
  /** As the address had it; case is part of it. */
  readonly id: string;
  /** UTC milliseconds; absent: the cookie's form has no time. */
  readonly atMs?: number;
}

/** How a vendor's script writes a click into a cookie. */
export interface ClickFormat {
  /** As documentation shows it. */
  readonly shown: string;
  /** Ids of any other form are not set: the vendor's own script would not take them either. */
  readonly id: RegExp;
  /** `domainDots`: how many dots the cookie's domain has. */
  write(click: Required<Click>, domainDots: number): string;
  /** Null: not of this form, so not ours to change. */
  read(value: string): Click | null;
}

/** The ids of an address: click ids and further campaign parameters by canonical name. */
export interface AddressIds {
  readonly clickIds: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Facts {
  readonly name: string;
  readonly platform: CompanionPlatform;
  /** What the vendor gives it. */
  readonly days: number;
}

/** A cookie that keeps one click. Set with the click, and not kept alive beyond `days` after it. */
export interface ClickCookie extends Facts {
  readonly kind: 'click';
  readonly format: ClickFormat;
  /** Parameters it comes from, as documentation shows them. */
  readonly from: string;
  readonly pick: (ids: AddressIds) => string | undefined;
}

/** A cookie that names the browser; every visit gives it its whole life again, as the vendor's script does. */
export interface BrowserCookie extends Facts {
  readonly kind: 'browser';
  /** The form of those that can be made where they are missing; absent: the vendor alone can make one. */
  readonly madeAs?: string;
}

/** A cookie that a vendor's script on the page reads. */
export type CompanionCookie = ClickCookie | BrowserCookie;

/** The platforms whose cookies are known, by their keys in the configuration. */
export const companionPlatforms = [
  'google',
  'meta',
  'microsoft',
  'tiktok',
  'snapchat',
  'pinterest',
  'linkedin',
  'reddit',
  'openai',
  'yandex',
  'cj',
] as const;

/** One of the platforms whose cookies are known. */
export type CompanionPlatform = (typeof companionPlatforms)[number];

/** gtag takes ids of these characters only; its source, 2026-11-24. */
const wordId = /^[\w-]{1,1000}$/;
/** Needs no escaping in a cookie, so that it is the same to scripts that decode cookies and to those that do not. */
const plainId = /^[\w.~=-]{1,1000}$/;

const gcl: ClickFormat = {
  shown: 'GCL.<seconds>.<id>',
  id: wordId,
  write: ({ id, atMs }) => `GCL.${toSec(atMs)}.${id}`,
  read: (value) => clickOf(/^GCL\.(?<sec>\d{9,11})\.(?<id>[\w.-]+)$/.exec(value)),
};

/** The newer form of Google's tag. Parts may follow the time, such as the `$u…` that some browsers' cookies have. */
const gclKeyed: ClickFormat = {
  shown: '2.1.k<id>$i<seconds>',
  id: wordId,
  write: ({ id, atMs }) => `2.1.k${id}$i${toSec(atMs)}`,
  read: (value) => clickOf(/^2\.1\.k(?<id>[\w-]+)\$i(?<sec>\d{9,11})(?:\$.*)?$/.exec(value)),
};

/** Meta's pixel ignores ids of more than 500 characters. A fifth part is Meta's server-side helper's. */
const fbc: ClickFormat = {
  shown: "fb.<dots in the cookie's domain>.<milliseconds>.<id>",
  id: /^[\w-]{1,500}$/,
  write: ({ id, atMs }, domainDots) => `fb.${domainDots}.${atMs}.${id}`,
  read: (value) => clickOf(/^fb\.\d\.(?<ms>\d{13})\.(?<id>[\w-]{1,500})(?:\.[\w-]{2,8})?$/.exec(value)),
};

const uet: ClickFormat = {
  shown: '_uet<id>',
  id: wordId,
  write: ({ id }) => `_uet${id}`,
  read: (value) => clickOf(/^_uet(?<id>[\w-]+)$/.exec(value)),
};

const plain: ClickFormat = {
  shown: '<id>',
  id: plainId,
  write: ({ id }) => id,
  read: (value) => (plainId.test(value) ? { id: value } : null),
};

/**
 * Every cookie that is set or kept alive. Names, forms and lives: the vendors' documentation (Google's and Meta's cookie
 * and Conversions API pages, CJ's HTTP cookie page), the source of gtag, and cookies of real visits; 2026-11-24.
 */
export const companionCookies: readonly CompanionCookie[] = [
  // `ds` and `3p.ds` mark clicks of Search Ads 360, which gtag keeps from Google Ads; `aw.ds` belongs to both.
  click('_gcl_aw', 'google', 90, gcl, 'gclid, unless gclsrc says ds', ({ clickIds, parameters }) =>
    ofAds.has(parameters['gclsrc'] ?? '') ? clickIds['gclid'] : undefined,
  ),
  click(
    '_gcl_dc',
    'google',
    90,
    gcl,
    'dclid, or gclid where gclsrc says ds',
    ({ clickIds, parameters }) =>
      clickIds['dclid'] ?? (ofSearchAds360.has(parameters['gclsrc'] ?? '') ? clickIds['gclid'] : undefined),
  ),
  click('_gcl_gb', 'google', 90, gcl, 'wbraid', ({ clickIds }) => clickIds['wbraid']),
  click('_gcl_ag', 'google', 90, gclKeyed, 'gbraid', ({ clickIds }) => clickIds['gbraid']),
  click('_gcl_gs', 'google', 90, gclKeyed, 'gad_source', ({ parameters }) => parameters['gad_source']),
  browser('_gcl_au', 'google', 90, '1.1.<random>.<seconds>'),
  click('_fbc', 'meta', 90, fbc, 'fbclid', ({ clickIds }) => clickIds['fbclid']),
  browser('_fbp', 'meta', 90, "fb.<dots in the cookie's domain>.<milliseconds>.<random>"),
  click('_uetmsclkid', 'microsoft', 90, uet, 'msclkid', ({ clickIds }) => clickIds['msclkid']),
  browser('_uetvid', 'microsoft', 390),
  click('ttclid', 'tiktok', 30, plain, 'ttclid', ({ clickIds }) => clickIds['ttclid']),
  browser('_ttp', 'tiktok', 390),
  click('_scclid', 'snapchat', 365, plain, 'ScCid', ({ clickIds }) => clickIds['sccid']),
  browser('_scid', 'snapchat', 390),
  click('_epik', 'pinterest', 365, plain, 'epik', ({ clickIds }) => clickIds['epik']),
  browser('_pin_unauth', 'pinterest', 365),
  click('li_fat_id', 'linkedin', 30, plain, 'li_fat_id', ({ clickIds }) => clickIds['li_fat_id']),
  click('_rdt_cid', 'reddit', 30, plain, 'rdt_cid', ({ clickIds }) => clickIds['rdt_cid']),
  browser('_rdt_uuid', 'reddit', 90, '<milliseconds>.<UUID>'),
  click('__oppref', 'openai', 30, plain, 'oppref', ({ clickIds }) => clickIds['oppref']),
  browser('_ym_uid', 'yandex', 365),
  browser('_ym_d', 'yandex', 365),
  click('cje', 'cj', 395, plain, 'cjevent', ({ clickIds }) => clickIds['cjevent']),
];

const ofAds: ReadonlySet<string> = new Set(['', 'aw.ds']);
const ofSearchAds360: ReadonlySet<string> = new Set(['aw.ds', 'ds', '3p.ds']);

/** Cookies of the platforms' tags that are left to them, and why. */
export const cookiesLeftAlone: readonly (readonly [names: string, platform: string, why: string])[] = [
  [
    'FPGCLAW FPGCLAG FPGCLGB FPGCLDC FPAU',
    'Google',
    'written and read by server-side Google Tag Manager only',
  ],
  ['_gac_*', 'Google', 'belongs to Universal Analytics, which has ended'],
  ['_fbi', 'Meta', "holds the visitor's address"],
  ['_uetsid', 'Microsoft', 'names a session of one day, which no browser shortens'],
  ['_twclid', 'X', "JSON with the pixel's own version; its form is not documented"],
  ['_ycl_yjad', 'Yahoo! Japan', 'yclid is an id of two networks, and the form is not documented'],
  ['_aw_m_*', 'Awin', 'lives as long as each programme says'],
  ['IR_*', 'Impact', "holds the tag's own state"],
  ['rmStoreGateway', 'Rakuten Advertising', "holds the gateway's own state"],
  [
    'twclid uet_msclkid taboola_cid outbrain_cid awin_awc',
    'several',
    "names that a server-side tag has given its copy of a click id; no platform's own tag reads them",
  ],
  ['t_gid cto_bundle _ndclid', 'Taboola, Criteo, Nextdoor', 'neither form nor life is documented'],
];

function click(...[name, platform, days, format, from, pick]: ClickArguments): ClickCookie {
  return { kind: 'click', name, platform, days, format, from, pick };
}

type ClickArguments = readonly [
  name: string,
  platform: CompanionPlatform,
  days: number,
  format: ClickFormat,
  from: string,
  pick: ClickCookie['pick'],
];

function browser(name: string, platform: CompanionPlatform, days: number, madeAs?: string): BrowserCookie {
  return { kind: 'browser', name, platform, days, ...(madeAs !== undefined && { madeAs }) };
}

function toSec(atMs: number): number {
  return Math.floor(atMs / 1000);
}

function clickOf(match: RegExpExecArray | null): Click | null {
  const { id, sec, ms } = match?.groups ?? {};
  if (id === undefined) return null;
  if (sec !== undefined) return { id, atMs: Number(sec) * 1000 };
  return ms === undefined ? { id } : { id, atMs: Number(ms) };
}
