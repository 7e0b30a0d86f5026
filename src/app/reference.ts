import { z } from 'zod';
import { ruleFileSchema } from '../rules/schema.ts';
import { configSchema } from './schema.ts';

/** The JSON Schema (2020-12) of `throughline.yaml`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}

/** The JSON Schema (2020-12) of a rule file. */
export function rulesJsonSchema(): object {
  return z.toJSONSchema(ruleFileSchema, { io: 'input', unrepresentable: 'any' });
}
