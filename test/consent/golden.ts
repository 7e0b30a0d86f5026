import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A file of test/golden/consent, by its name without `.yaml`. */
export function golden(name: string): unknown {
  return parse(readFileSync(new URL(`../golden/consent/${name}.yaml`, import.meta.url), 'utf8'));
}
