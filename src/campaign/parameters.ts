import { type ClickParameter, clickParameters } from './click-parameters.ts';

/** One campaign label: the parameter, and its name without `utm_`, which is what trackers state it by. */
export interface CampaignParameter {
  readonly name: string;
  readonly label: CampaignLabel;
}

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

/** The utm parameters, in GA4's order. */
export const campaignParameters: readonly CampaignParameter[] = campaignLabels.map((label) => ({
  name: `utm_${label}`,
  label,
}));

/**
 * Lower-case names and aliases of every parameter that identifies one click, one link share or one mail recipient.
 * They go from stored addresses wherever ad_storage is not granted.
 */
export const clickIdParameters: ReadonlySet<string> = new Set(
  clickParameters.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
);

/** What a parameter name stands for: a campaign label or an id. */
export type Parameter = CampaignParameter | ClickParameter;

const byName: ReadonlyMap<string, Parameter> = new Map<string, Parameter>([
  ...campaignParameters.map((parameter) => [parameter.name, parameter] as const),
  ...clickParameters.flatMap((parameter) =>
    [parameter.name, ...(parameter.aliases ?? [])].map((name) => [name, parameter] as const),
  ),
]);

/** The parameter with this name or alias; the name must be lower case. */
export function parameterNamed(name: string): Parameter | undefined {
  return byName.get(name);
}
