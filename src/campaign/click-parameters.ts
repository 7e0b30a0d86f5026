/**
 * What a parameter identifies. `click_id`: one ad click. `affiliate`: one click through an affiliate network.
 * `share`: who copied or shared the link. `recipient`: one mail or SMS recipient. `linker`: another tool's hand-over
 * of its cookies. Only the first two are kept on a touch; the others are known so that they can be taken out.
 */
type ClickParameterKind = 'click_id' | 'affiliate' | 'share' | 'recipient' | 'linker';

/** One parameter that identifies a click or a person. All names are lower case; values keep their case. */
export interface ClickParameter {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly platform: string;
  readonly kind: ClickParameterKind;
  /** The parameter comes from paid placements only. */
  readonly isPaidSignal: boolean;
  /** The value is tied to one person or device. */
  readonly isPersonal: boolean;
  /** Days for which the platform credits the id; 30 where it publishes none. */
  readonly lifetimeDays: number;
  /** What the id alone says about the source; absent: it is kept and says nothing by itself. */
  readonly evidence?: { readonly source: string; readonly medium: string };
}

type Row = readonly [name: string, platform: string, lifetimeDays: number, ...aliases: readonly string[]];

const googleAds = { source: 'google', medium: 'cpc' };

/**
 * Ids that prove a paid click by themselves, strongest first. Campaign Manager's dclid is reported as `dfa / cpm`, as
 * Google's own products write it.
 */
const paidEvidence: readonly ClickParameter[] = (
  [
    ['gclid', 'Google Ads', googleAds],
    ['wbraid', 'Google Ads', googleAds],
    ['gbraid', 'Google Ads', googleAds],
    ['msclkid', 'Microsoft Advertising', { source: 'bing', medium: 'cpc' }],
    ['dclid', 'Campaign Manager 360', { source: 'dfa', medium: 'cpm' }],
  ] as const
).map(([name, platform, evidence]) => ({
  name,
  platform,
  kind: 'click_id',
  isPaidSignal: true,
  isPersonal: true,
  lifetimeDays: 90,
  evidence,
}));

/**
 * Ids of paid placements that are kept and do not decide the source: the networks also decorate shared links, or one
 * name serves two networks (yclid: Yandex and Yahoo! Japan).
 */
const paidClicks: readonly Row[] = [
  ['ttclid', 'TikTok', 30],
  ['twclid', 'X', 90],
  ['li_fat_id', 'LinkedIn', 90],
  ['sccid', 'Snapchat', 30],
  ['rdt_cid', 'Reddit', 30],
  ['qclid', 'Quora', 30],
  ['ndclid', 'Nextdoor', 30],
  ['oppref', 'OpenAI', 30, 'olref'],
  ['ctwa_clid', 'Meta (click to WhatsApp)', 90],
  ['rtid', 'Rokt', 30, 'passbackconversiontrackingid'],
  ['aleid', 'AppLovin', 30],
  ['spclid', 'Spotify', 30],
  ['sapid', 'StackAdapt', 30, 'sacid'],
  ['ttdimp', 'The Trade Desk', 30],
  ['cntr_auctionid', 'Basis', 30, 'basis_cid'],
  ['viant_clid', 'Viant', 30],
  ['tblci', 'Taboola', 30],
  ['obclid', 'Outbrain', 30, 'dicbo', 'ob_click_id', 'outbrainclickid'],
  ['cto_pld', 'Criteo', 30],
  ['ko_click_id', 'Kochava', 30],
  ['yclid', 'Yandex, Yahoo! Japan', 90],
  ['ymclid', 'Yandex', 30],
  ['vmcid', 'Yahoo', 30],
  ['bd_vid', 'Baidu', 30],
  ['gdt_vid', 'Tencent Ads', 30, 'qz_gdt', 'qz_gdt_click_id'],
  ['sznclid', 'Seznam', 30],
];

/** Click ids that unpaid clicks carry too, such as the fbclid of an organic post. */
const anyClicks: readonly Row[] = [
  ['fbclid', 'Meta', 90],
  ['epik', 'Pinterest', 365],
  ['ysclid', 'Yandex', 30],
  ['syclid', 'Yandex', 30],
  ['_branch_match_id', 'Branch', 2],
];

/**
 * Affiliate networks. Names too general to mean one network everywhere (`via`, `sid`, `pid`, `click_id`, `kk`) are
 * left out: on a site of one's own they are ordinary parameters.
 */
const affiliates: readonly Row[] = [
  ['irclickid', 'Impact', 30, 'irclid', 'im_ref'],
  ['awc', 'Awin', 30, 'sn_awc'],
  ['cjevent', 'CJ', 30, 'cjdata'],
  ['ransiteid', 'Rakuten Advertising', 30],
  ['sscid', 'ShareASale', 30],
  ['clickref', 'Partnerize', 30],
  ['admitad_uid', 'Admitad', 90],
  ['tduid', 'Tradedoubler', 365],
  ['wgcid', 'Webgains', 30],
  ['zanpid', 'Awin (Zanox)', 30],
  ['ps_xid', 'PartnerStack', 90],
  ['fpr', 'FirstPromoter', 60, 'fp_ref'],
  ['rfsn', 'Refersion', 30, 'refersion'],
  ['at_gd', 'Adtraction', 30],
  ['effi_id', 'Effinity', 30, 'effi_id2'],
  ['kelkooid', 'Kelkoo', 30],
];

const shares: readonly Row[] = [
  ['igshid', 'Meta', 30, 'igsh', 'ig_rid'],
  ['mibextid', 'Meta', 30],
];

const recipients: readonly Row[] = [
  ['_kx', 'Klaviyo', 30, '_ke', 'nb_klid'],
  ['mc_eid', 'Mailchimp', 30, 'mc_tc'],
  ['_hsenc', 'HubSpot', 30],
  ['__hstc', 'HubSpot', 30, '__hssc', '__hsfp'],
  ['mkt_tok', 'Marketo', 30],
  ['elqtrackid', 'Eloqua', 30, 'elqtrack'],
  ['__s', 'Drip', 30],
  ['vgo_ee', 'ActiveCampaign', 30],
  ['oly_enc_id', 'Omeda', 30, 'oly_anon_id'],
  ['vero_id', 'Vero', 30, 'vero_conv'],
  ['wickedid', 'Wicked Reports', 30],
  ['ml_subscriber', 'MailerLite', 30, 'ml_subscriber_hash'],
  ['bsft_uid', 'Blueshift', 30, 'bsft_clkid'],
  ['sc_uid', 'Salesforce', 30, 'sc_customer'],
  ['sfmc_id', 'Salesforce Marketing Cloud', 30, 'sfmc_sub', 'et_rid'],
  ['_bhlid', 'beehiiv', 30],
  ['ck_subscriber_id', 'Kit', 30],
  ['ss_email_id', 'SharpSpring', 30],
  ['at_recipient_id', 'Piano', 30],
  ['trk_contact', 'Listrak', 30],
  ['dm_i', 'Dotdigital', 30],
];

const linkers: readonly Row[] = [['_gl', 'Google', 1]];

/** Every parameter that identifies a click or a person, strongest evidence first. Facts as of 2026-11-23. */
export const clickParameters: readonly ClickParameter[] = [
  ...paidEvidence,
  ...paidClicks.map(parameter('click_id', { isPaidSignal: true })),
  ...anyClicks.map(parameter('click_id', { isPaidSignal: false })),
  ...affiliates.map(parameter('affiliate', { isPaidSignal: true })),
  ...shares.map(parameter('share', { isPaidSignal: false })),
  ...recipients.map(parameter('recipient', { isPaidSignal: false })),
  ...linkers.map(parameter('linker', { isPaidSignal: false })),
];

function parameter(kind: ClickParameterKind, { isPaidSignal }: { readonly isPaidSignal: boolean }) {
  return ([name, platform, lifetimeDays, ...aliases]: Row): ClickParameter => ({
    name,
    aliases,
    platform,
    kind,
    isPaidSignal,
    isPersonal: true,
    lifetimeDays,
  });
}
