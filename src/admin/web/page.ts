import { readFileSync } from 'node:fs';
import { reasons } from '../../model/reason.ts';

const dataBlock = /(<script type="application\/json" id="reasons">).*(?=<\/script>)/;

/** The debugger's document; it carries the closed list of reasons as data, so that the script words none of its own. */
export const page = read('index.html').replace(
  dataBlock,
  (_, tag: string) => tag + JSON.stringify(reasons).replaceAll('<', '\\u003c'),
);

/**
 * The debugger's script. Its modules stand alone for editors and checks; the browser gets them as one, in the order they
 * need each other, because one request is all that the first paint should wait for.
 */
export const script = ['parts.js', 'rows.js', 'story.js', 'health.js', 'debugger.js']
  .map((file) =>
    read(file)
      .replaceAll(/^import [^;]*;\n/gm, '')
      .replaceAll(/^export /gm, ''),
  )
  .join('\n');

/** The debugger's style sheet. */
export const style = read('debugger.css');

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
