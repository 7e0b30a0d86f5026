import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../src/sdk/browser.ts', import.meta.url));
const target = fileURLToPath(new URL('../src/sdk/browser.min.js', import.meta.url));

/** The browser script as it is served: one minified function that runs where it is loaded. */
export async function buildSdk(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The script as it is committed. */
export function committedSdk(): string {
  return readFileSync(target, 'utf8');
}

if (import.meta.main) writeFileSync(target, await buildSdk());
