import { describe, expect, it } from 'vitest';
import { linkerRow } from '../../src/app/linker-check.ts';
import { configSchema } from '../../src/app/schema.ts';

const row = (site: object, linker: object = {}) =>
  linkerRow(configSchema.parse({ sites: { shop: site }, linker }));
const divided = { hosts: ['shop.example'], crossDomain: ['checkout.test'] };

describe('what check says of the linker', () => {
  it.each([
    [{ hosts: ['shop.example', 'www.shop.example'] }, {}, null],
    [{ hosts: ['shop.example', 'www.shop.example'], cookieDomain: 'host' }, {}, 'ok'],
    [{ hosts: ['shop.example', 'checkout.test'] }, {}, 'ok'],
    [divided, {}, 'look'],
    [divided, { enabled: false }, 'ok'],
    [divided, { secret: 'sixteen characters' }, 'ok'],
  ])('%j with %j: %s', (site, linker, state) => {
    expect(row(site, linker)?.state ?? null).toBe(state);
  });

  it('names the host that another gateway may answer, and no secret', () => {
    expect(row(divided)?.found).toContain('no site here answers checkout.test');
    expect(row(divided, { secret: 'sixteen characters' })?.found).not.toContain('sixteen');
  });
});
