import type { CampaignLabel, IdKind, Stripper } from './parameter-kinds.ts';

/**
 * One line of the registry. Names are lower case; a comma separates parameters, and a space the aliases of one. `null`
 * days: the platform publishes none.
 */
type ListedId = readonly [
  names: string,
  platform: string,
  lifetimeDays: number | null,
  more?: {
    /** Where the list holds more than one kind. */
    readonly kind?: IdKind;
    readonly cookies?: string;
    readonly strippedBy?: readonly Stripper[];
    /** Unpaid clicks carry it too. */
    readonly isAlsoUnpaid?: true;
    /** What the id alone proves about the source. */
    readonly proves?: { readonly source: string; readonly medium: string };
  },
];

const safari = 'safariPrivate';
const firefox = 'firefoxStrict';
const duck = 'duckduckgo';
const brave = 'brave';
const googleAds = { source: 'google', medium: 'cpc' };
const bingAds = { source: 'bing', medium: 'cpc' };
const campaignManager = { source: 'dfa', medium: 'cpm' };
const isAlsoUnpaid = true;

/**
 * Click ids, the strongest evidence first. An id that proves its source comes from paid clicks of one platform only;
 * most do not, because the networks also decorate shared links, or one name serves two networks (yclid: Yandex and
 * Yahoo! Japan). Campaign Manager's dclid is reported as `dfa / cpm`, as Google's own products write it. Names, cookies
 * and lifetimes: the platforms' documentation, their tags and public landing addresses; stripping: Firefox's source
 * documentation, Brave's and DuckDuckGo's published lists, testers' reports for Safari. All as of 2026-11-23.
 */
export const clickIds: readonly ListedId[] = [
  [
    'gclid',
    'Google Ads',
    90,
    { proves: googleAds, cookies: '_gcl_aw _gac_* FPGCLAW _gcl_au', strippedBy: [safari, brave, duck] },
  ],
  ['wbraid', 'Google Ads', 90, { proves: googleAds, cookies: '_gcl_gb FPGCLGB', strippedBy: [brave] }],
  ['gbraid', 'Google Ads', 90, { proves: googleAds, cookies: '_gcl_ag FPGCLAG' }],
  [
    'msclkid',
    'Microsoft Advertising',
    90,
    { proves: bingAds, cookies: '_uetmsclkid uet_msclkid _uetsid _uetvid', strippedBy: [safari, brave] },
  ],
  [
    'dclid',
    'Campaign Manager 360',
    90,
    { proves: campaignManager, cookies: '_gcl_dc FPGCLDC', strippedBy: [safari, brave] },
  ],
  ['ttclid', 'TikTok', 30, { cookies: 'ttclid _ttp _tt_enable_cookie', strippedBy: [brave] }],
  ['twclid', 'X', 90, { cookies: 'twclid _twclid', strippedBy: [safari, brave] }],
  ['li_fat_id', 'LinkedIn', 90, { cookies: 'li_fat_id' }],
  ['sccid', 'Snapchat', 30, { cookies: '_scclid _scid sc_at' }],
  ['rdt_cid', 'Reddit', 30, { cookies: '_rdt_cid _rdt_uuid _rdt_em' }],
  ['qclid', 'Quora', 30],
  ['ndclid', 'Nextdoor', 30, { cookies: '_ndclid' }],
  ['oppref, olref', 'OpenAI', 30, { cookies: '__oppref' }],
  ['ctwa_clid', 'Meta (click to WhatsApp)', null],
  ['rtid passbackconversiontrackingid', 'Rokt', 30],
  ['aleid', 'AppLovin', 30, { cookies: 'alart axwrt' }],
  ['spclid', 'Spotify', 30],
  ['sapid sacid', 'StackAdapt', 30, { cookies: 'sa-user-id' }],
  ['ttdimp', 'The Trade Desk', 30],
  ['cntr_auctionid basis_cid', 'Basis', null],
  ['beeswax_auction_id', 'Beeswax (FreeWheel)', null],
  ['viant_clid', 'Viant', null],
  ['tblci', 'Taboola', 30, { cookies: 'taboola_cid t_gid' }],
  ['obclid dicbo ob_click_id outbrainclickid', 'Outbrain', 30, { cookies: 'outbrain_cid' }],
  ['cto_pld', 'Criteo', 30, { cookies: 'cto_bundle' }],
  ['rb_clickid', 'RTB exchanges', null, { strippedBy: [safari, brave] }],
  ['__rtbh rtbhc', 'RTB House', null, { cookies: '__rtbh.lid __rtbh.uid' }],
  ['ko_click_id', 'Kochava', null],
  ['btid', 'Roku (dataxu)', null],
  ['ef_id', 'Adobe Advertising', null],
  ['bfcid', 'unidentified', null],
  [
    'yclid',
    'Yandex, Yahoo! Japan',
    90,
    { cookies: '_ym_uid _ym_d _yjsu_yjad _ycl_yjad', strippedBy: [safari, brave] },
  ],
  ['ymclid', 'Yandex', null, { strippedBy: [brave] }],
  ['vmcid', 'Yahoo', 30],
  ['ldtag_cl', 'LINE', null, { cookies: '_lt_cid _lt_sid' }],
  ['bd_vid', 'Baidu', 30],
  ['gdt_vid qz_gdt qz_gdt_click_id', 'Tencent Ads', null],
  ['sznclid', 'Seznam', 30],
  [
    'fbclid',
    'Meta',
    90,
    { isAlsoUnpaid, cookies: '_fbc _fbp _fbi', strippedBy: [safari, firefox, brave, duck] },
  ],
  ['epik', 'Pinterest', 365, { isAlsoUnpaid, cookies: '_epik _pin_unauth' }],
  ['ysclid', 'Yandex', null, { isAlsoUnpaid, strippedBy: [brave] }],
  ['syclid', 'Yandex', null, { isAlsoUnpaid, strippedBy: [brave] }],
  ['srsltid', 'Google Merchant Center', null, { isAlsoUnpaid, strippedBy: [brave] }],
  ['clid_src', 'X', null, { isAlsoUnpaid }],
  ['tclid', 'several networks', null, { isAlsoUnpaid }],
  ['_branch_match_id, _branch_referrer', 'Branch', 2, { isAlsoUnpaid, strippedBy: [brave] }],
];

/** Ids of affiliate networks. */
export const affiliateIds: readonly ListedId[] = [
  ['irclickid irclid im_ref', 'Impact', 30, { cookies: 'IR_gbd IR_* irclickid', strippedBy: [brave] }],
  ['awc sn_awc', 'Awin', 30, { cookies: 'awin_awc _aw_m_* AWC' }],
  ['cjevent, cjdata', 'CJ', 30, { cookies: 'cje' }],
  ['ransiteid', 'Rakuten Advertising', 30, { cookies: 'rmStoreGateway rakuten_ran_site_id rakuten_ran_mid' }],
  ['sscid', 'ShareASale', 30, { cookies: 'sas_m_awin' }],
  ['clickref, pzid', 'Partnerize', 30],
  ['admitad_uid', 'Admitad', 90, { cookies: '_aid admitad_uid' }],
  ['tduid', 'Tradedoubler', 365, { cookies: 'TRADEDOUBLER' }],
  ['wgcid, wgu', 'Webgains', 30, { cookies: 'wg_cid' }],
  ['zanpid', 'Awin (Zanox)', 30],
  ['ps_xid, ps_partner_key, pscd', 'PartnerStack', 90, { cookies: 'ps_xid' }],
  ['fpr fp_ref', 'FirstPromoter', 60, { cookies: '_fprom_ref _fprom_tid' }],
  ['tap_a, tap_s', 'Tapfiliate', 45],
  ['refersion rfsn', 'Refersion', 30],
  ['ceneo_spo', 'Ceneo', 30],
  ['kelkooid', 'Kelkoo', 30, { cookies: 'kk_leadtag' }],
  ['effi_id, effi_id2', 'Effinity', 30],
  ['kwk_click', 'Kwanko', 30],
  ['at_gd adtraction', 'Adtraction', 30],
  ['dci daisycon', 'Daisycon', 30],
  ['ps_id', 'Postscript', 30, { cookies: 'ps_id' }],
];

const share = { kind: 'share' } as const;
const linker = { kind: 'linker' } as const;
const recipient = { kind: 'recipient' } as const;
const strippedByBrave = { kind: 'recipient', strippedBy: [brave] } as const;
const strippedInPrivate = { kind: 'recipient', strippedBy: [safari, brave] } as const;
const strippedByAllButDuck = { kind: 'recipient', strippedBy: [safari, firefox, brave] } as const;

/** Ids of people rather than clicks: kept alive on redirects for the site's own tags, never on a touch. */
export const personIds: readonly ListedId[] = [
  ['igshid, igsh, ig_rid', 'Meta', null, { kind: 'share', strippedBy: [safari] }],
  ['mibextid', 'Meta', null, share],
  ['lipi', 'LinkedIn', null, share],
  ['_kx, _ke, nb_klid', 'Klaviyo', null, { kind: 'recipient', cookies: '__kla_id' }],
  ['mc_eid, mc_tc', 'Mailchimp', null, strippedByAllButDuck],
  ['_hsenc', 'HubSpot', null, strippedByAllButDuck],
  ['__hstc, __hssc, __hsfp', 'HubSpot', null, { ...strippedInPrivate, cookies: 'hubspotutk' }],
  ['hsctatracking', 'HubSpot', null, strippedInPrivate],
  ['mkt_tok', 'Marketo', null, { ...recipient, cookies: '_mkto_trk', strippedBy: [safari, firefox, duck] }],
  ['elqtrackid, elqtrack', 'Eloqua', null, { kind: 'recipient', cookies: 'ELOQUA' }],
  ['__s', 'Drip', null, strippedByAllButDuck],
  ['vgo_ee', 'ActiveCampaign', null, { ...strippedByBrave, cookies: 'prism_*' }],
  ['oly_enc_id, oly_anon_id', 'Omeda', null, strippedByAllButDuck],
  ['vero_id', 'Vero', null, strippedByAllButDuck],
  ['vero_conv', 'Vero', null, strippedInPrivate],
  ['wickedid', 'Wicked Reports', null, strippedInPrivate],
  ['ml_subscriber, ml_subscriber_hash', 'MailerLite', null, strippedInPrivate],
  ['bsft_uid, bsft_clkid', 'Blueshift', null, strippedByBrave],
  ['sc_uid, sc_eh, sc_customer', 'Salesforce', null, strippedByBrave],
  ['sfmc_id, sfmc_activityid, sfmc_sub', 'Salesforce Marketing Cloud', null, strippedByBrave],
  ['et_rid', 'Salesforce (ExactTarget)', null, strippedByBrave],
  ['oft_id, oft_c, oft_ck, oft_d, oft_ids, oft_k, oft_lk, oft_sk', 'unidentified', null, strippedByBrave],
  ['_bhlid', 'beehiiv', null, strippedByBrave],
  ['ck_subscriber_id', 'Kit', null, recipient],
  ['ss_email_id', 'SharpSpring', null, strippedByBrave],
  ['sms_click, sms_uph', 'SMS platforms', null, strippedByBrave],
  ['bbeml', 'Blackbaud', null, strippedByBrave],
  ['unicorn_click_id', 'unidentified', null, strippedByBrave],
  ['at_recipient_id, at_recipient_list', 'Piano', null, strippedByBrave],
  ['trk_contact, trk_sid', 'Listrak', null, recipient],
  ['dm_i, dm_t', 'Dotdigital', null, recipient],
  ['at_identifier', 'Piano', null, recipient],
  ['_gl', 'Google', null, { kind: 'linker', strippedBy: [brave] }],
  ['_ga', 'Google', null, linker],
  ['pk_vid', 'Matomo', null, linker],
  ['_sp', 'Snowplow', null, linker],
  ['ajs_uid, ajs_aid', 'Segment', null, linker],
  ['ampdeviceid, ampsessionid, amptimestamp', 'Amplitude', null, linker],
  ['ph_distinct_id, __ph_distinct_id, __ph_session_id', 'PostHog', null, linker],
  ['adjust_referrer', 'Adjust', null, linker],
  ['guce_referrer', 'Yahoo', null, { kind: 'linker', strippedBy: [brave] }],
  ['utm_referrer, utm_pubreferrer', 'Yandex Metrica', null, linker],
  ['xtref', 'Piano (AT Internet)', null, linker],
];

/**
 * Parameters that stand for one of the nine campaign labels, in their order of precedence. Matomo documents eight of
 * its own (matomo.org/faq/how-to/faq_120 and the README of its MarketingCampaignsReporting, 2026-11-24); its group and
 * placement have no counterpart here and are campaign parameters.
 */
export const labelParameters: readonly (readonly [
  names: string,
  platform: string,
  label: CampaignLabel,
  strippedBy?: readonly Stripper[],
])[] = [
  ['utm_source', 'GA4', 'source', [duck]],
  ['utm_medium', 'GA4', 'medium', [duck]],
  ['utm_campaign', 'GA4', 'campaign', [duck]],
  ['utm_content', 'GA4', 'content', [duck]],
  ['utm_term', 'GA4', 'term', [duck]],
  ['utm_id', 'GA4', 'id'],
  ['utm_source_platform', 'GA4', 'source_platform'],
  ['utm_creative_format', 'GA4', 'creative_format'],
  ['utm_marketing_tactic', 'GA4', 'marketing_tactic'],
  ['utm_name', 'convention', 'campaign'],
  ['utm_campaign_id', 'convention', 'id'],
  ['utm_keyword', 'convention', 'term'],
  ['mtm_source pk_source matomo_source', 'Matomo', 'source'],
  ['mtm_medium pk_medium matomo_medium', 'Matomo', 'medium'],
  ['mtm_campaign matomo_campaign pk_campaign pk_cpn piwik_campaign', 'Matomo', 'campaign'],
  ['mtm_content pk_content matomo_content', 'Matomo', 'content'],
  ['mtm_kwd mtm_keyword matomo_kwd pk_kwd pk_keyword piwik_kwd', 'Matomo', 'term'],
  ['mtm_cid pk_cid matomo_cid', 'Matomo', 'id', [brave]],
];

/** Parameters that say more of a campaign and nothing of a person. Every name is a parameter of its own. */
export const campaignParameters: readonly (readonly [
  names: string,
  platform: string,
  strippedBy?: readonly Stripper[],
])[] = [
  ['gad_source gad_campaignid gclsrc gad gacid', 'Google Ads'],
  ['fb_action_ids fb_action_types fb_source fb_ref fb_comment_id', 'Meta', [brave, duck]],
  ['hsa_acc hsa_cam hsa_grp hsa_ad hsa_src hsa_tgt hsa_kw hsa_mt hsa_net hsa_ver hsa_la hsa_ol', 'HubSpot'],
  ['_hsmi', 'HubSpot'],
  ['mc_cid', 'Mailchimp'],
  ['tt_medium tt_content', 'TikTok'],
  ['aref maas aa_campaignid aa_adgroupid aa_creativeid', 'Amazon Ads'],
  ['adj_t adjust_tracker adj_campaign adj_adgroup adj_creative', 'Adjust'],
  ['af_sub1 af_ad af_adset af_siteid af_web_dp', 'AppsFlyer'],
  ['podscribe', 'Podscribe'],
  ['_openstat', 'OpenStat', [safari, brave]],
  ['n_media n_query n_rank n_ad napm', 'Naver'],
  ['irgwc', 'Impact'],
  ['awc_source', 'Awin'],
  ['ranmid raneaid', 'Rakuten Advertising'],
  ['s_cid', 'Adobe Analytics', [safari, brave]],
  ['s_kwcid', 'Adobe Advertising'],
  ['trk_msg trk_module', 'Listrak'],
  ['_sgm_campaign _sgm_source _sgm_action _sgm_pinned', 'Segmanta'],
  ['hmb_campaign hmb_source hmb_medium', 'Humble Bundle', [duck]],
  ['mtm_group pk_group matomo_group mtm_placement pk_placement matomo_placement', 'Matomo'],
  ['at_medium at_campaign at_creation at_variant at_format at_network at_channel at_platform', 'Piano'],
  ['at_term at_general_placement at_detailed_placement at_creation_type at_emailtype', 'Piano'],
  ['xtor', 'Piano (AT Internet)'],
  ['wt_mc wt_zmc wtrid', 'Mapp'],
  ['etcc_cmp etcc_med etcc_par etcc_grp etcc_ctv etcc_bky', 'etracker'],
  ['ga_source ga_medium ga_campaign ga_term ga_content ga_place', 'Google Analytics (legacy)', [duck]],
  ['sms_source', 'SMS platforms', [brave]],
  ['otm_source otm_medium otm_campaign', 'convention'],
  ['utm_cid utm_channel utm_affiliate utm_adgroup utm_ad utm_adset utm_placement utm_device', 'convention'],
  ['utm_network utm_matchtype utm_audience utm_brand utm_product utm_place utm_social', 'convention'],
  ['utm_nooverride utm_expid utm_reader utm_swu utm_viz_id utm_social-type', 'convention'],
];

/**
 * Parameters of platforms whose names are ordinary words on most sites: read only where a site lists them under
 * `campaign.parameters`, which then need not say whose they are.
 */
export const ambiguousParameters: readonly (readonly [
  names: string,
  platform: string,
  kind: 'clickId' | 'campaign',
  lifetimeDays?: number,
])[] = [
  ['via', 'Rewardful', 'clickId', 60],
  ['kk', 'Kelkoo', 'clickId', 30],
  ['aid pid sid', 'CJ', 'clickId', 30],
  ['siteid', 'Rakuten Advertising', 'clickId', 30],
  ['click_id clickid subid sub_id aff_sub transaction_id', 'affiliate network', 'clickId'],
  ['urid', 'Millennial Media', 'clickId'],
  ['trk trackingid', 'LinkedIn', 'clickId'],
  ['elq', 'Eloqua', 'clickId'],
  ['deviceid', 'Amplitude', 'clickId'],
  ['c deep_link_value', 'AppsFlyer', 'campaign'],
  ['ref referrer source src from ref_', 'convention', 'campaign'],
  ['cmpid cmp cid', 'convention', 'campaign'],
  ['mc', 'Mapp', 'campaign'],
  ['spm scm', 'Alibaba', 'campaign'],
  ['itm_source itm_medium itm_campaign icid intcmp int_cid', 'internal promotion', 'campaign'],
  ['campaignid adgroupid keyword matchtype network device creative targetid', 'ValueTrack', 'campaign'],
  [
    'loc_physical_ms loc_interest_ms feeditemid placement adposition extensionid gidrep',
    'ValueTrack',
    'campaign',
  ],
];
