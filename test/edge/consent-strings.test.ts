import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { consentTypes, isGranted } from '../../src/model/consent.ts';
import { accepted as tcAccepted, writeTcString } from '../consent/tc-writer.ts';
import { ask, browser, post } from './client.ts';
import { siteOf, startEdge } from './edge.ts';

const consentPolicy = compileConsentPolicy(consentConfigSchema.parse({}), [{ tcf: 755 }]);
const start = () => startEdge({ sites: { 'shop.example': siteOf({ consentPolicy }) } });
const yes = writeTcString({ ...tcAccepted, created: '2026-11-02' });
const late = writeTcString({ ...tcAccepted, created: '2026-12-24' });

describe('a consent string that comes with a hit', () => {
  it('is kept with the event as what it means, and not as what was written', async () => {
    const edge = await start();
    await post(edge.port, { name: 'page_view' }, { cookie: `euconsent-v2=${yes}` });
    const [record] = edge.log.records();
    const consent = record?.event.consent;
    expect(consent && consentTypes.filter((type) => isGranted(consent, type))).toEqual([
      'ad_storage',
      'ad_user_data',
      'ad_personalization',
      'security_storage',
    ]);
    expect(consent?.vendors).toEqual({
      'tcf:755': ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'],
    });
    expect(consent?.types.ad_storage.vendorsOnly).toBe(true);
    expect(JSON.stringify(record)).not.toContain(yes.slice(0, 30));
  });

  it("is found in a GA4 hit's parameters", async () => {
    const edge = await start();
    const path = `/g/collect?v=2&tid=G-X&cid=1.2&en=page_view&gdpr=1&gdpr_consent=${yes}&addtl_consent=1~1`;
    await ask(edge.port, { method: 'POST', path, headers: browser });
    const [record] = edge.log.records();
    expect(record?.event.consent.types.ad_storage).toEqual({
      granted: true,
      basis: 'signal',
      by: 'tcf',
      vendorsOnly: true,
    });
    expect(record?.event.consent.sources).toEqual(['additional-consent', 'tcf']);
    expect(JSON.stringify(record)).not.toContain(yes.slice(0, 30));
  });

  it('is judged by the time of receipt', async () => {
    const edge = await start();
    await post(edge.port, { name: 'page_view' }, { cookie: `euconsent-v2=${late}` });
    expect(edge.log.records()[0]?.event.consent).toMatchObject({
      types: { ad_storage: { granted: false, basis: 'signal', by: 'tcf' } },
      problems: ['tcf: the TC string was created in the future'],
    });
  });

  it('is counted where it cannot be read, by its kind alone', async () => {
    const edge = await start();
    const cookie = 'euconsent-v2=CQtDjkAQtD; usprivacy=9; IABGPP_HDR_GppString=DBABKY~BVQqAAAAAgA';
    await post(edge.port, { name: 'page_view' }, { cookie });
    expect(edge.counts()).toEqual({ 'capture received': 1, 'consent unreadable': 3 });
  });
});
