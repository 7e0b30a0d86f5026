import { causes } from '../campaign/hop-causes.ts';
import { sessionConfigSchema } from '../session/definition.ts';
import type { Config } from './schema.ts';

/** What a cause means and how to mend it; undefined: not one of the closed list, as a newer release may have written. */
export function lossCause(cause: string): { readonly what: string; readonly fix: string } | undefined {
  return Object.entries(causes).find(([name]) => name === cause)?.[1];
}

/** Names of the events that count as conversions: the configuration's key events, or those by default. */
export function conversionNames(config: Config | undefined): ReadonlySet<string> {
  const { engaged } = config?.sessions ?? sessionConfigSchema.parse({});
  return new Set(engaged.keyEvents);
}
