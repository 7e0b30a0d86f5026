import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { interpolate, type Sources } from './interpolate.ts';
import { type ParsedYaml, type Positions, placeOf, readPositions } from './positions.ts';
import type { Problem } from './problem.ts';

/** A YAML file that could be read: its plain value and where everything stands. */
export interface YamlFile {
  readonly value: unknown;
  readonly positions: Positions;
  /** `${…}` references that could not be filled in; their values are empty text. Not usable while there are any. */
  readonly unfilled: readonly Problem[];
}

/** A file that was read, or every reason why not. */
export type YamlResult =
  | ({ readonly ok: true } & YamlFile)
  | { readonly ok: false; readonly problems: readonly Problem[] };

const maxCharacters = 1_048_576;
const maxAliases = 100;

/**
 * Reads one YAML 1.2 file. Refused with a problem each: syntax errors, duplicate keys, unknown tags, several
 * documents, too many aliases, and files over 1 MiB. `sources` fills in `${…}`; without it `${` is plain text.
 */
export function readYaml(text: string, file: string, sources?: Sources): YamlResult {
  if (text.length > maxCharacters) {
    const message = `The file is larger than ${maxCharacters} characters.`;
    return { ok: false, problems: [{ code: 'too_complex', file, message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const source: ParsedYaml = { file, text, document, lines };
  const problems = [...syntaxProblems(source), ...aliasProblems(source)];
  if (problems.length > 0) return { ok: false, problems };
  return toValue(source, sources);
}

function toValue(source: ParsedYaml, sources: Sources | undefined): YamlResult {
  const { hidden, unfilled } =
    sources === undefined ? { hidden: new Set(), unfilled: [] } : interpolate(source.document, sources);
  const problems = unfilled.map(
    ({ code, offset, message, seen }): Problem => ({ code, ...placeOf(source, offset), message, seen }),
  );
  try {
    const value: unknown = source.document.toJS({ maxAliasCount: maxAliases });
    return { ok: true, value, positions: readPositions(source, hidden), unfilled: problems };
  } catch {
    const message = 'The aliases of the file unfold to more than any honest file needs.';
    return { ok: false, problems: [{ code: 'too_complex', file: source.file, message }] };
  }
}

function syntaxProblems(source: ParsedYaml): readonly Problem[] {
  const seen = new Set<string>();
  return [...source.document.errors, ...source.document.warnings].slice(0, 20).flatMap((error) => {
    const place = placeOf(source, error.pos[0]);
    const problem: Problem = { code: codeOf(error.code), ...place, message: sentence(error.message) };
    const id = `${place.line}:${problem.message}`;
    if (seen.has(id)) return [];
    seen.add(id);
    return [problem];
  });
}

function codeOf(code: Document.Parsed['errors'][number]['code']): Problem['code'] {
  if (code === 'DUPLICATE_KEY') return 'duplicate_key';
  if (code === 'RESOURCE_EXHAUSTION') return 'too_complex';
  return 'yaml_syntax';
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}

/** Each alias is looked up once, so their number is bounded before anything follows them. */
function aliasProblems(source: ParsedYaml): readonly Problem[] {
  const problems: Problem[] = [];
  let count = 0;
  visit(source.document, {
    Alias(_, node) {
      count += 1;
      if (count > maxAliases || !isAlias(node)) return visit.BREAK;
      if (node.resolve(source.document) !== undefined) return undefined;
      const message = `The alias \`*${node.source}\` has no anchor before it.`;
      problems.push({ code: 'yaml_syntax', ...placeOf(source, node.range?.[0] ?? 0), message });
      return undefined;
    },
  });
  if (count <= maxAliases) return problems;
  const message = `The file uses more than ${maxAliases} aliases.`;
  return [...problems, { code: 'too_complex', file: source.file, message }];
}
