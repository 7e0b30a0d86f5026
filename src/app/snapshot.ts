import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';

/** The files of one configuration as they were at one moment. Plain data: every thread works from the same one. */
export interface Snapshot {
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly text: string;
  readonly rulesFolder: string;
  readonly rules: readonly RuleSource[];
  /** Changes when any of the files does. */
  readonly hash: string;
}

/** One rule file; a TypeScript or JavaScript module is loaded from its path. */
export interface RuleSource {
  readonly file: string;
  readonly text: string;
  readonly kind: 'yaml' | 'module';
}

/** Where the rules folder is, before anything is checked: the key is read as plain text. */
function rulesFolderOf(file: string, text: string): string {
  const written = /^rules:\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))/m.exec(text);
  const folder = written?.[1] ?? written?.[2] ?? written?.[3] ?? 'rules';
  if (isAbsolute(folder)) return folder;
  const beside = resolve(dirname(file), folder);
  // `config/throughline.yaml` with `rules/` at the project's top level is the usual layout.
  return existsSync(beside) ? beside : resolve(dirname(file), '..', folder);
}

/** Reads the configuration and its rule files. Throws the file system's error when the configuration cannot be read. */
export function takeSnapshot(path: string): Snapshot {
  const file = resolve(path);
  const text = readFileSync(file, 'utf8');
  const rulesFolder = rulesFolderOf(file, text);
  const rules = existsSync(rulesFolder) ? readRules(rulesFolder) : [];
  const hash = createHash('sha256')
    .update(JSON.stringify([text, rules]))
    .digest('base64url')
    .slice(0, 12);
  return { file, text, rulesFolder, rules, hash };
}

const kinds: Readonly<Record<string, RuleSource['kind']>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.ts': 'module',
  '.js': 'module',
  '.mjs': 'module',
};

function readRules(folder: string): readonly RuleSource[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && !name.endsWith('.d.ts'))
    .sort()
    .flatMap((name) => {
      const kind = kinds[extname(name)];
      if (kind === undefined) return [];
      const file = join(folder, name);
      return [{ file, text: readFileSync(file, 'utf8'), kind }];
    });
}
