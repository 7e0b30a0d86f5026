/** The campaign labels that GA4 knows (Google Analytics help 11242841, 2026-11-23), by utm name without `utm_`. */
export const campaignLabels = [
  'source',
  'medium',
  'campaign',
  'content',
  'term',
  'id',
  'source_platform',
  'creative_format',
  'marketing_tactic',
] as const;

/** One of the nine campaign labels. */
export type CampaignLabel = (typeof campaignLabels)[number];

/** A browser that takes parameters off addresses, in the mode in which it does so. */
export type Stripper = 'safariPrivate' | 'firefoxStrict' | 'brave' | 'duckduckgo';

/**
 * What a parameter that identifies somebody stands for. `click_id`: one click on an ad or a search result. `affiliate`:
 * one click through an affiliate network. `share`: who copied or shared the link. `recipient`: one mail or SMS
 * recipient. `linker`: another tool's hand-over of a visitor, or of the address before. Only the first two are kept on
 * a touch; the others are known so that redirects keep them and storage does not.
 */
export type IdKind = 'click_id' | 'affiliate' | 'share' | 'recipient' | 'linker';

/** What every parameter of the registry has. */
interface Facts {
  /** Lower case. */
  readonly name: string;
  /** Other names of the same thing, lower case. */
  readonly aliases: readonly string[];
  /** Whose it is, such as `Google Ads`. */
  readonly platform: string;
  /** Browsers that take it off addresses. */
  readonly strippedBy: readonly Stripper[];
}

/** A parameter that stands for one of the nine labels. */
export interface LabelParameter extends Facts {
  readonly kind: 'label';
  readonly label: CampaignLabel;
  /** GA4's own name, which wins over every other name of the same label. */
  readonly isUtm: boolean;
}

/** A parameter that says more of the campaign and nothing of a person, such as `gad_campaignid`. */
export interface CampaignParameter extends Facts {
  readonly kind: 'campaign';
}

/** A parameter that identifies a click or a person. Values keep their case. */
export interface IdParameter extends Facts {
  readonly kind: IdKind;
  /** The parameter comes from paid placements only. */
  readonly isPaidSignal: boolean;
  /** Days for which the platform credits the id; 30 where it publishes none. */
  readonly lifetimeDays: number;
  /** Cookies in which the platform's own tag keeps the id, or an id of the browser beside it; `*` stands for anything. */
  readonly cookies: readonly string[];
  /** What the id alone proves about the source; absent: it is kept and proves nothing. */
  readonly evidence?: { readonly source: string; readonly medium: string };
}

/** One parameter of the registry. */
export type Parameter = LabelParameter | CampaignParameter | IdParameter;
