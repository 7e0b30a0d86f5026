import type { LinkContent } from './link-content.ts';
import type { ParameterRegistry } from './parameters.ts';
import { readCampaign } from './read.ts';

/** What may travel of a page's campaign. */
export type LinkUse = 'labels' | 'labels_and_click_ids';

/** The labels that name the source, in the order in which they are worth their place in an address. */
const first = ['source', 'medium', 'campaign', 'id'] as const;
const rest = ['term', 'content', 'source_platform', 'creative_format', 'marketing_tactic'] as const;

/**
 * The campaign of a page's address, the most valuable first: click ids, then what names the source, then the details. A
 * click id travels only where ad_storage is granted.
 */
export function campaignToLink(
  address: string,
  registry: ParameterRegistry,
  use: LinkUse,
): LinkContent['parameters'] {
  const { labels, clickIds, parameters } = readCampaign(address, registry);
  const labelsOf = (names: readonly (typeof first | typeof rest)[number][]) =>
    names.flatMap((name) => {
      const value = labels[name];
      return value === undefined ? [] : [[`utm_${name}`, value] as const];
    });
  return [
    ...(use === 'labels_and_click_ids' ? Object.entries(clickIds) : []),
    ...labelsOf(first),
    ...labelsOf(rest),
    ...Object.entries(parameters),
  ];
}

/** The address says something of a campaign itself, so that what a link brings does not count. */
export function hasCampaign(address: string, registry: ParameterRegistry): boolean {
  const { labels, clickIds } = readCampaign(address, registry);
  return Object.keys(labels).length > 0 || Object.keys(clickIds).length > 0;
}
