import type { z } from 'zod';
import { expand, inputSchema, literals, type SchemaNode } from './known.ts';

/** What the reference page of one schema is called and how it begins. */
export interface ReferencePage {
  readonly title: string;
  readonly introduction: string;
  readonly schema: z.ZodType;
}

interface Section {
  readonly heading: string;
  readonly description?: string;
  readonly node: SchemaNode;
}

/**
 * The reference page of a schema in Markdown: one section for each map, one table row for each key, in the schema's
 * order. The same schema always gives the same text.
 */
export function referencePage(page: ReferencePage): string {
  const root = inputSchema(page.schema);
  const sections: Section[] = [];
  collect({ heading: '', node: root }, { root, sections, trail: [] });
  const text = sections.map((section) => formatSection(section, root));
  return `${[`# ${page.title}`, page.introduction, ...text].filter((part) => part !== '').join('\n\n')}\n`;
}

interface Walk {
  readonly root: SchemaNode;
  readonly sections: Section[];
  /** The nodes on the way, so that a recursive schema stops where it began. */
  readonly trail: readonly SchemaNode[];
}

function collect(section: Section, walk: Walk): void {
  if (Object.keys(section.node.properties ?? {}).length > 0) walk.sections.push(section);
  for (const [key, property] of entries(section.node.properties)) {
    collectValue(joined(section.heading, key), property, walk);
  }
}

/** Below a key: a map's own section, a named entry's, a list entry's, or one for each kind of a union. */
function collectValue(path: string, node: SchemaNode, walk: Walk): void {
  for (const branch of expand(node, { root: walk.root, value: undefined })) {
    if (walk.trail.includes(branch)) continue;
    const below: Walk = { ...walk, trail: [...walk.trail, branch] };
    const description = branch.description ?? node.description;
    const { additionalProperties, items } = branch;
    if (branch.properties !== undefined) {
      const heading = `${path}${kindOf(branch)}`;
      collect({ heading, node: branch, ...(description !== undefined && { description }) }, below);
    }
    if (typeof additionalProperties === 'object') collectValue(`${path}.<name>`, additionalProperties, below);
    if (typeof items === 'object' && !Array.isArray(items)) collectValue(`${path}[]`, items, below);
  }
}

/** Which kind of a union a section describes: ` (type: webhook)`. */
function kindOf(node: SchemaNode): string {
  const fixed = entries(node.properties).find(
    ([key, property]) => property.const !== undefined && (node.required ?? []).includes(key),
  );
  return fixed === undefined ? '' : ` (${fixed[0]}: ${String(fixed[1].const)})`;
}

function formatSection(section: Section, root: SchemaNode): string {
  const required = new Set(section.node.required ?? []);
  const rows = entries(section.node.properties).map(([key, property]) =>
    [
      `\`${key}\``,
      typeWords(property, root),
      defaultWords(property, required.has(key)),
      cell(describe(property, root)),
    ].join(' | '),
  );
  const heading = section.heading === '' ? '## Top level' : `## \`${section.heading}\``;
  const table = [
    '| Key | Type | Default | Description |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ];
  return [heading, section.description ?? '', table.join('\n')].filter((part) => part !== '').join('\n\n');
}

function typeWords(node: SchemaNode, root: SchemaNode): string {
  if (node.$ref !== undefined) return 'any value';
  const words = expand(node, { root, value: undefined }).flatMap((branch) => {
    const fixed = literals(branch);
    if (fixed.length > 0) return fixed.map((text) => `\`${text}\``);
    if (branch.type === undefined) return [];
    if (branch.type === 'array') return [`list of ${itemWords(branch, root)}`];
    return [branch.type].flat().map((type) => plainTypes[type] ?? type);
  });
  return cell([...new Set(words)].join(', ') || 'any value');
}

function itemWords(node: SchemaNode, root: SchemaNode): string {
  const { items } = node;
  if (typeof items !== 'object' || Array.isArray(items)) return 'values';
  return typeWords(items, root);
}

const plainTypes: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: '`true`, `false`',
  object: 'map',
  null: '`null`',
};

function defaultWords(node: SchemaNode, isRequired: boolean): string {
  if (node.default !== undefined) return cell(`\`${JSON.stringify(node.default)}\``);
  return isRequired ? 'required' : '';
}

function describe(node: SchemaNode, root: SchemaNode): string {
  const own = expand(node, { root, value: undefined }).find((branch) => branch.description !== undefined);
  const { examples } = node;
  const shown = Array.isArray(examples) ? examples.map((example) => `\`${JSON.stringify(example)}\``) : [];
  const example = shown.length > 0 ? `Example: ${shown.join(', ')}.` : '';
  return [node.description ?? own?.description ?? '', example].filter((part) => part !== '').join(' ');
}

function entries(properties: SchemaNode['properties']): readonly (readonly [string, SchemaNode])[] {
  return Object.entries(properties ?? {}).flatMap(([key, node]) =>
    typeof node === 'object' ? [[key, node] as const] : [],
  );
}

function joined(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
