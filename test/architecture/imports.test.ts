import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const source = join(root, 'src');

/** Files that may assert a type: each is a border where a check has been made that the compiler cannot see. */
const mayAssert = new Set([
  'contract/storable.ts', // reads back lines that only this file writes
  'store/sqlite/channel.ts', // types a message port whose other end is this file
]);

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('sdk/'));
}

function readTable(): Map<string, readonly string[]> {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const block = /```imports\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const rows = block
    .trim()
    .split('\n')
    .map((line) => {
      const [folder = '', allowed = ''] = line.split(':');
      return [folder.trim(), allowed.trim().split(/\s+/).filter(Boolean)] as const;
    });
  return new Map(rows);
}

const table = readTable();

/** The row a file belongs to: the longest listed folder (or file without its ending) that holds it. */
function rowOf(file: string): string | undefined {
  const name = file.replace(/\.ts$/, '');
  return [...table.keys()]
    .filter((folder) => name === folder || name.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const pattern =
  /^\s*(?:import|export)[^'"]*?from\s*['"](\.[^'"]+)['"]|^import\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)/gm;

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(pattern)].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? '';
    return relative(source, resolve(source, dirname(file), target));
  });
}

const all = files(source);
const edges = all.flatMap((file) => importsOf(file).map((target) => ({ file, target })));

describe('imports', () => {
  it('finds the sources and their imports', () => {
    expect(all.length).toBeGreaterThan(40);
    expect(edges.length).toBeGreaterThan(100);
  });

  it('puts every file in a listed folder', () => {
    expect(all.filter((file) => rowOf(file) === undefined)).toEqual([]);
  });

  it('goes only where the table in docs/architecture.md allows', () => {
    const forbidden = edges.filter(({ file, target }) => {
      const from = rowOf(file);
      const to = rowOf(target);
      if (from === undefined || to === undefined) return !target.endsWith('.json');
      return from !== to && !(table.get(from) ?? []).includes(to);
    });
    expect(forbidden.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it('has no circle between folders', () => {
    const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
      (table.get(from) ?? []).some((next) => {
        if (next === goal) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return reaches(next, goal, seen);
      });
    expect([...table.keys()].filter((folder) => reaches(folder, folder, new Set()))).toEqual([]);
  });

  it('has no circle between files', () => {
    const targets = new Map(all.map((file) => [file, importsOf(file)]));
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') return void circles.push([...path, file].join(' -> '));
      state.set(file, 'open');
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of all) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('names the stores engine in app alone', () => {
    const outside = edges.filter(
      ({ file, target }) => target.startsWith('store/sqlite') && !/^(store|app)\//.test(file),
    );
    expect(outside).toEqual([]);
  });
});

/** The text without comments and without what stands in quotes; code inside `${}` stays. */
function codeOf(text: string): string {
  let code = '';
  const templates: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = text[at + 1] === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at) + 1;
      at = end === -1 ? text.length : end;
      code += ' ';
      continue;
    }
    if (char === "'" || char === '"') {
      at = endOfQuote(text, at, char);
      code += "''";
      continue;
    }
    const isTemplateEnd = char === '}' && templates.at(-1) === depth;
    if (char === '`' || isTemplateEnd) {
      if (isTemplateEnd) templates.pop();
      const end = endOfTemplate(text, at);
      code += '``';
      at = end.at;
      if (end.opensCode) templates.push(depth);
      continue;
    }
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    code += char;
  }
  return code;
}

function endOfQuote(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote || text[at] === '\n') return at;
  }
  return text.length;
}

function endOfTemplate(text: string, from: number): { readonly at: number; readonly opensCode: boolean } {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') return { at, opensCode: false };
    else if (text[at] === '$' && text[at + 1] === '{') return { at: at + 1, opensCode: true };
  }
  return { at: text.length, opensCode: false };
}

describe('type assertions', () => {
  it('stand only in the listed files, and never twice over', () => {
    const asserting = all.filter((file) => {
      const code = codeOf(readFileSync(join(source, file), 'utf8')).replaceAll(
        /^import[\s\S]*?from .*$/gm,
        '',
      );
      if (/as unknown as/.test(code)) return true;
      return /[\w)\]}'`] as (?!const\b)[A-Za-z{[(]/.test(code) && !mayAssert.has(file);
    });
    expect(asserting).toEqual([]);
  });
});

describe('pure folders', () => {
  const pure = [
    'model',
    'contract',
    'capture',
    'consent',
    'campaign',
    'visitor',
    'session',
    'rules',
    'destinations',
  ];
  const outside =
    /\bfrom 'node:(?:fs|net|http|https|dgram|child_process|worker_threads|sqlite)|\bDate\.now\(|\bMath\.random\(|\bprocess\.env\b|\bfetch\(|new Date\(\)/;

  it('touch no clock, randomness, disk or network', () => {
    const impure = all.filter(
      (file) =>
        pure.some((folder) => file.startsWith(`${folder}/`)) &&
        outside.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(impure).toEqual([]);
  });
});
