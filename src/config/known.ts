import { z } from 'zod';

/** One node of a JSON Schema. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of what a person may write: for editors, for the reference page and for problems. */
export function inputSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** A JSON Schema and the value that was read against it. */
export interface Against {
  readonly root: SchemaNode;
  readonly value: unknown;
}

/** The schema nodes that speak of one path; unions are narrowed by the literals that the value already has. */
export function nodesAt(against: Against, path: readonly PropertyKey[]): readonly SchemaNode[] {
  let nodes = expand(against.root, against);
  let value = against.value;
  for (const key of path) {
    value = child(value, key);
    const next = { root: against.root, value };
    nodes = nodes.flatMap((node) => step(node, key).flatMap((found) => expand(found, next)));
  }
  return nodes;
}

/** The keys that may stand in the map at a path. */
export function knownKeys(against: Against, path: readonly PropertyKey[]): readonly string[] {
  const keys = nodesAt(against, path).flatMap((node) => [
    ...Object.keys(node.properties ?? {}),
    ...(typeof node.propertyNames === 'object' ? literals(node.propertyNames) : []),
  ]);
  return [...new Set(keys)];
}

/** The fixed texts a node allows: its `const` or `enum`. */
export function literals(node: SchemaNode): readonly string[] {
  if (node.const !== undefined) return [String(node.const)];
  return (node.enum ?? []).map(String);
}

/** True where the value is a secret, by the schema's own words or by the usual names. */
export function isSecret(against: Against, path: readonly PropertyKey[]): boolean {
  if (path.some((key) => typeof key === 'string' && secretName.test(key))) return true;
  return nodesAt(against, path).some((node) => node.description?.includes('A secret:') === true);
}

const secretName = /secret|token|password|credential|authori[sz]ation|api_?key/i;

/** The value under one key; own properties only. */
export function child(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

/** The value at a path; undefined when there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(child, value);
}

/** Follows references and opens unions and intersections; a recursive schema stops where it began. */
export function expand(node: SchemaNode, against: Against, trail: readonly SchemaNode[] = []): SchemaNode[] {
  if (trail.includes(node)) return [];
  const below = [...trail, node];
  const target = node.$ref === undefined ? undefined : resolve(against.root, node.$ref);
  if (target !== undefined) return expand(target, against, below);
  const branches = [...schemas(node.anyOf), ...schemas(node.oneOf)];
  const fitting = branches.filter((branch) => mayFit(branch, against.value));
  const chosen = fitting.length > 0 ? fitting : branches;
  const opened = [...chosen, ...schemas(node.allOf)].flatMap((branch) => expand(branch, against, below));
  return [node, ...opened];
}

function schemas(list: SchemaNode['anyOf']): readonly SchemaNode[] {
  return (list ?? []).filter((entry) => typeof entry === 'object');
}

function resolve(root: SchemaNode, reference: string): SchemaNode | undefined {
  if (reference === '#') return root;
  const target = root.$defs?.[reference.replace('#/$defs/', '')];
  return typeof target === 'object' ? target : undefined;
}

function mayFit(branch: SchemaNode, value: unknown): boolean {
  return Object.entries(branch.properties ?? {}).every(([key, property]) => {
    if (typeof property !== 'object' || property.const === undefined) return true;
    const seen = child(value, key);
    return seen === undefined || seen === property.const;
  });
}

function step(node: SchemaNode, key: PropertyKey): readonly SchemaNode[] {
  if (typeof key === 'number') {
    const items = Array.isArray(node.items) ? node.items[key] : (node.prefixItems?.[key] ?? node.items);
    return typeof items === 'object' && !Array.isArray(items) ? [items] : [];
  }
  const properties = node.properties ?? {};
  const name = String(key);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const found = property ?? node.additionalProperties;
  return typeof found === 'object' ? [found] : [];
}
