import { type Document, isScalar, type Scalar, visit } from 'yaml';
import type { Code } from './codes.ts';

/** Where `${…}` values come from. The shell reads the environment and the disk; undefined: it is not there. */
export interface Sources {
  env(name: string): string | undefined;
  file(path: string): string | undefined;
}

/** A reference that could not be filled in, and the scalar it stands in. */
export interface Unfilled {
  readonly code: Code;
  readonly offset: number;
  readonly message: string;
  readonly seen: string;
}

/** What interpolation did: the scalars whose text came from outside, and the references that failed. */
export interface Interpolated {
  readonly hidden: ReadonlySet<unknown>;
  readonly unfilled: readonly Unfilled[];
}

type Filled = { readonly text: string } | { readonly code: Code; readonly message: string };

const reference = /\$\$\{|\$\{([^}]*)(\}?)/g;

/**
 * Fills in `${NAME}`, `${NAME:-default}` and `${file:/path}` in the text values of a parsed document, in place.
 * `$${` is a literal `${`. Keys are left alone. A file's last line break is dropped. The result is text; what is
 * filled in is not read again, so a value cannot bring YAML or further references of its own.
 */
export function interpolate(document: Document.Parsed, sources: Sources): Interpolated {
  const hidden = new Set<unknown>();
  const unfilled: Unfilled[] = [];
  visit(document, {
    Scalar(position, node) {
      if (position === 'key' || !isScalar(node) || typeof node.value !== 'string') return;
      if (!node.value.includes('${')) return;
      fill(node, node.value, sources, { hidden, unfilled });
    },
  });
  return { hidden, unfilled };
}

function fill(
  node: Scalar,
  text: string,
  sources: Sources,
  result: { readonly hidden: Set<unknown>; readonly unfilled: Unfilled[] },
): void {
  node.value = text.replaceAll(reference, (whole, body: string | undefined, close: string | undefined) => {
    if (body === undefined) return '${';
    result.hidden.add(node);
    const filled = close === '' ? malformed : lookUp(body, sources);
    if ('text' in filled) return filled.text;
    result.unfilled.push({
      code: filled.code,
      offset: node.range?.[0] ?? 0,
      message: filled.message,
      seen: whole,
    });
    return '';
  });
}

const malformed: Filled = { code: 'bad_reference', message: `A \${…} reference is malformed.` };

function lookUp(body: string, sources: Sources): Filled {
  if (body.startsWith('file:')) return readSecretFile(body.slice('file:'.length), sources);
  const parts = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(body);
  const name = parts?.[1];
  const fallback = parts?.[2];
  if (name === undefined || fallback?.includes('${')) return malformed;
  const value = sources.env(name);
  if (value !== undefined && (value !== '' || fallback === undefined)) return { text: value };
  if (fallback !== undefined) return { text: fallback };
  return { code: 'missing_variable', message: `The environment variable \`${name}\` is not set.` };
}

function readSecretFile(path: string, sources: Sources): Filled {
  if (path === '') return malformed;
  const contents = sources.file(path);
  if (contents === undefined)
    return { code: 'unreadable_file', message: `The file \`${path}\` cannot be read.` };
  return { text: contents.replace(/\r?\n$/, '') };
}
