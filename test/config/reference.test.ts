import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { referencePage } from '../../src/config/reference.ts';

const schema = z.strictObject({
  port: z
    .int()
    .default(8080)
    .describe('Where the gateway listens.')
    .meta({ examples: [80] }),
  sites: z
    .record(
      z.string(),
      z.strictObject({ hosts: z.array(z.string()).describe('Its hosts | names.') }).describe('One site.'),
    )
    .describe('The sites.'),
  destinations: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('webhook'), url: z.url() }),
      z.strictObject({ type: z.literal('ndjson'), any: z.json() }),
    ]),
  ),
});

describe('the reference page', () => {
  it('has a section for each map and a row for each key', () => {
    expect(referencePage({ title: 'Configuration', introduction: 'All keys.', schema })).toBe(`# Configuration

All keys.

## Top level

| Key | Type | Default | Description |
|---|---|---|---|
| \`port\` | whole number | \`8080\` | Where the gateway listens. Example: \`80\`. |
| \`sites\` | map | required | The sites. |
| \`destinations\` | list of map | required |  |

## \`sites.<name>\`

One site.

| Key | Type | Default | Description |
|---|---|---|---|
| \`hosts\` | list of text | required | Its hosts \\| names. |

## \`destinations[] (type: webhook)\`

| Key | Type | Default | Description |
|---|---|---|---|
| \`type\` | \`webhook\` | required |  |
| \`url\` | text | required |  |

## \`destinations[] (type: ndjson)\`

| Key | Type | Default | Description |
|---|---|---|---|
| \`type\` | \`ndjson\` | required |  |
| \`any\` | any value | required |  |
`);
  });

  it('is the same for the same schema', () => {
    const page = { title: 'T', introduction: '', schema };
    expect(referencePage(page)).toBe(referencePage(page));
  });
});
