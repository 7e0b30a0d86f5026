import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shopPage } from '../../bench/shop-page.ts';
import { expectedTags, startTags } from './oracle.ts';
import { rewrite, withoutInsertions } from './pages.ts';

const root = resolve(import.meta.dirname, '../../..');
// HTML_PAGES=/usr/share/doc tries every page of a folder of your own.
const folders = [join(root, 'node_modules'), process.env['HTML_PAGES'] ?? []].flat();
const files = folders.flatMap((folder) =>
  globSync('**/*.{html,htm}', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
);

function pieces(page: string, bytes: number): readonly string[] {
  return Array.from({ length: Math.ceil(page.length / bytes) }, (_, index) =>
    page.slice(index * bytes, (index + 1) * bytes),
  );
}

function check(page: string): void {
  const output = rewrite([page]);
  expect(withoutInsertions(page, output) === page).toBe(true);
  expect(startTags(output)).toEqual(expectedTags(page));
  for (const bytes of [7, 1_021, 65_536]) expect(rewrite(pieces(page, bytes)) === output).toBe(true);
}

describe('a large page', () => {
  it('of a shop, of 3 MB, has exactly its links decorated, however it is cut', () => {
    const page = shopPage(3_000_000);
    check(page);
    // Two for each checkout section, one in the foot; none of those in scripts, comments and the title.
    const sections = page.split('<div class="buy">').length - 1;
    expect(rewrite([page]).split('tlx=').length - 1).toBe(2 * sections + 1);
  });

  it.each(files)('%s has exactly its links decorated, however it is cut', (file) => {
    check(readFileSync(file, 'latin1'));
  });
});
