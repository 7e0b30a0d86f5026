import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../../src/app/load.ts';
import { takeSnapshot } from '../../src/app/snapshot.ts';
import { compileEdge } from '../../src/app/wire.ts';
import { repairRedirect } from '../../src/campaign/redirect.ts';
import { readTouch } from '../../src/campaign/touch.ts';
import { keepPermitted } from '../../src/contract/storable.ts';
import { createLinkUses } from '../../src/edge/link-uses.ts';
import { denied, eventOf } from '../pipeline/gateway.ts';

const text = `sites: { shop: { hosts: [shop.example] } }
campaign:
  parameters:
    - { name: partner_click, kind: clickId, platform: Partner network }
    - { name: wk, kind: label, label: campaign }
    - { name: store, kind: campaign }
`;

async function loadText(config: string) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-own-'));
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, config);
  return load(takeSnapshot(file));
}

const links = { ownSecret: 'of no use here', uses: createLinkUses({ graceMs: 0, maxEntries: 1 }) };

async function shop() {
  const result = await loadText(text);
  const site = result.ok
    ? compileEdge(result.loaded.config, () => null, links).byHost.get('shop.example')
    : undefined;
  if (site === undefined) throw new Error('the configuration does not load');
  return site;
}

const url = 'https://shop.example/p?partner_click=Abcdefgh1234&wk=spring&store=7&color=red';

describe("a site's own parameters", () => {
  it('are kept over its redirects', async () => {
    const { redirectPolicy } = await shop();
    expect(repairRedirect({ status: 302, location: '/de/p', requestUrl: url }, redirectPolicy)).toMatchObject(
      {
        location: '/de/p?partner_click=Abcdefgh1234&wk=spring&store=7',
      },
    );
  });

  it('are read into touches', async () => {
    const { touchContext } = await shop();
    expect(readTouch({ name: 'page_view', atMs: 0, url }, touchContext).touch).toMatchObject({
      campaign: 'spring',
      parameters: { store: '7' },
      clickIds: { partner_click: { value: 'Abcdefgh1234' } },
    });
  });

  it('go wherever ad_storage is not granted where they are click ids, and stay where they are not', async () => {
    const { storagePolicy, touchContext } = await shop();
    const { touch } = readTouch({ name: 'page_view', atMs: 0, url }, touchContext);
    if (touch === undefined) throw new Error('there is a touch');
    const stored = keepPermitted(
      { ...eventOf({ page: { url } }), campaign: { touch }, consent: denied },
      storagePolicy,
    );
    expect(JSON.stringify(stored)).not.toContain('Abcdefgh1234');
    expect(stored.page?.url).toBe('https://shop.example/p?wk=spring&store=7');
    expect(stored.campaign.touch).toMatchObject({
      campaign: 'spring',
      parameters: { store: '7' },
      clickIds: {},
    });
  });

  it('are refused with the place where the mistake is', async () => {
    const result = await loadText(text.replace('partner_click', 'gclid').replace(', label: campaign', ''));
    expect(result.ok ? [] : result.problems).toMatchObject([
      { line: 4, key: 'campaign.parameters[0].name' },
      { line: 5, key: 'campaign.parameters[1].label' },
    ]);
  });
});
