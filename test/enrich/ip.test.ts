import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClientAddress, isTrustEntry, normaliseIp, type ProxyTrust } from '../../src/enrich/ip.ts';

describe('normaliseIp', () => {
  it.each([
    ['203.0.113.77', '203.0.113.77'],
    [' 203.0.113.77 ', '203.0.113.77'],
    ['203.0.113.77:51344', '203.0.113.77'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3:8d3:1319:8a2e:370:7348'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8:85a3::1]:443', '2001:db8:85a3::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::1', '::1'],
    ['::ffff:203.0.113.77', '203.0.113.77'],
    ['::ffff:cb00:714d', '203.0.113.77'],
    ['[::ffff:203.0.113.77]:443', '203.0.113.77'],
    ['fe80::1%eth0', 'fe80::1'],
    ['203.0.113', null],
    ['203.0.113.256', null],
    ['203.0.113.077', null],
    ['203.0.113.77:', null],
    ['203.0.113.77:port', null],
    ['[203.0.113.77', null],
    ['[2001:db8::1]x', null],
    ['unknown', null],
    ['_hidden', null],
    ['0x7f.0.0.1', null],
    ['2130706433', null],
    ['', null],
    ['203.0.113.77, 198.51.100.1', null],
    ['1'.repeat(10_000), null],
  ])('reads %j as %j', (raw, ip) => {
    expect(normaliseIp(raw)).toBe(ip);
  });

  it('never throws, and gives back what it once gave', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[[\]0-9a-f:.%]{0,40}$/));
    fc.assert(
      fc.property(text, (raw) => {
        const ip = normaliseIp(raw);
        if (ip !== null) expect(normaliseIp(ip)).toBe(ip);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the client address', () => {
  const proxies: ProxyTrust = {
    trustedProxies: ['loopback', 'private', '198.51.100.0/24', '2001:db8:cd::/48'],
  };

  type Row = [
    title: string,
    socket: string | undefined,
    header: string | undefined,
    ip: string | null,
    via: string,
  ];
  const xff: Row[] = [
    ['a direct visitor', '203.0.113.9', undefined, '203.0.113.9', 'socket'],
    ['a direct visitor who claims another address', '203.0.113.9', '1.1.1.1', '203.0.113.9', 'socket'],
    ['one trusted proxy', '10.0.0.1', '203.0.113.9', '203.0.113.9', 'x-forwarded-for'],
    [
      'a trusted proxy on a dual-stack socket',
      '::ffff:10.0.0.1',
      '203.0.113.9',
      '203.0.113.9',
      'x-forwarded-for',
    ],
    [
      'a client-written entry left of the real one',
      '10.0.0.1',
      '1.1.1.1, 203.0.113.9',
      '203.0.113.9',
      'x-forwarded-for',
    ],
    [
      'a client that claims to be a proxy',
      '10.0.0.1',
      '1.1.1.1, 10.0.0.7, 203.0.113.9',
      '203.0.113.9',
      'x-forwarded-for',
    ],
    ['two trusted proxies', '10.0.0.1', '203.0.113.9, 198.51.100.7', '203.0.113.9', 'x-forwarded-for'],
    [
      'two proxies, one of them not trusted',
      '10.0.0.1',
      '203.0.113.9, 192.0.2.7',
      '192.0.2.7',
      'x-forwarded-for',
    ],
    [
      'IPv6 all the way',
      '2001:db8:cd::1',
      '[2001:db8::9]:443, 2001:db8:cd::2',
      '2001:db8::9',
      'x-forwarded-for',
    ],
    ['a visitor inside the trusted network', '10.0.0.1', '10.9.9.9, 10.0.0.2', '10.9.9.9', 'x-forwarded-for'],
    ['a proxy that does not know', '10.0.0.1', '203.0.113.9, unknown', null, 'x-forwarded-for'],
    ['a proxy that wrote nothing', '10.0.0.1', '203.0.113.9, ', null, 'x-forwarded-for'],
    ['a request from the trusted network itself', '10.0.0.1', undefined, '10.0.0.1', 'socket'],
    ['a trusted proxy that sent an empty header', '10.0.0.1', '', '10.0.0.1', 'socket'],
    [
      'more hops than any chain has',
      '10.0.0.1',
      `203.0.113.9${', 10.0.0.2'.repeat(40)}`,
      null,
      'x-forwarded-for',
    ],
    ['a closed socket', undefined, '203.0.113.9', null, 'socket'],
  ];

  it.each(xff)('by X-Forwarded-For: %s', (_title, socket, header, ip, via) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-forwarded-for': header };
    expect(createClientAddress(proxies)(socket, headers)).toMatchObject({ ip, via });
  });

  const forwarded: Row[] = [
    ['one proxy', '10.0.0.1', 'for=203.0.113.9;proto=https', '203.0.113.9', 'forwarded'],
    [
      'names in any case, spaces around',
      '10.0.0.1',
      'Proto=https; For=203.0.113.9 ',
      '203.0.113.9',
      'forwarded',
    ],
    ['IPv6 with a port', '10.0.0.1', 'for="[2001:db8::9]:4711"', '2001:db8::9', 'forwarded'],
    ['two proxies', '10.0.0.1', 'for=1.1.1.1, for=203.0.113.9, for=198.51.100.7', '203.0.113.9', 'forwarded'],
    ['a hidden client', '10.0.0.1', 'for=_hidden', null, 'forwarded'],
    ['no `for` at all', '10.0.0.1', 'proto=https;by=10.0.0.1', null, 'forwarded'],
    ['two of them in one element', '10.0.0.1', 'for=1.1.1.1;for=203.0.113.9', null, 'forwarded'],
    [
      'a quote left open to swallow the truth',
      '10.0.0.1',
      'for=1.1.1.1;x=", for=203.0.113.9',
      null,
      'forwarded',
    ],
    [
      'the same before a quoted truth',
      '10.0.0.1',
      'for=1.1.1.1;x=", for="[2001:db8::9]:1"',
      null,
      'forwarded',
    ],
    ['an escaped quote', '10.0.0.1', 'for=1.1.1.1;x="\\"", for=203.0.113.9', '203.0.113.9', 'forwarded'],
    ['a comma inside quotes', '10.0.0.1', 'for=1.1.1.1;x="a,b", for=203.0.113.9', '203.0.113.9', 'forwarded'],
    ['a direct visitor who claims another address', '203.0.113.9', 'for=1.1.1.1', '203.0.113.9', 'socket'],
  ];

  it.each(forwarded)('by Forwarded: %s', (_title, socket, header, ip, via) => {
    const find = createClientAddress({ ...proxies, header: 'forwarded' });
    expect(find(socket, header === undefined ? {} : { forwarded: header })).toMatchObject({ ip, via });
  });

  it("reads a CDN's own header from the CDN and from nobody else", () => {
    const find = createClientAddress({ trustedProxies: ['198.51.100.0/24'], header: 'cf-connecting-ip' });
    const headers = { 'cf-connecting-ip': '203.0.113.9', 'x-forwarded-for': '1.1.1.1' };
    expect(find('198.51.100.1', headers)).toEqual({
      ip: '203.0.113.9',
      via: 'cf-connecting-ip',
      trusted: true,
    });
    expect(find('192.0.2.1', headers)).toEqual({ ip: '192.0.2.1', via: 'socket', trusted: false });
  });

  it('trusts nobody by default, and nobody for an entry it cannot read', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1' };
    for (const trustedProxies of [[], ['', 'everyone', '10.0.0.0/99', 'toString']]) {
      const found = createClientAddress({ trustedProxies })('10.0.0.1', headers);
      expect(found).toEqual({ ip: '10.0.0.1', via: 'socket', trusted: false });
    }
  });

  it('is never an address that only the client wrote', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constantFrom('10.0.0.3', '127.0.0.1', '"', ';', ','),
    );
    const find = createClientAddress(proxies);
    const findForwarded = createClientAddress({ ...proxies, header: 'forwarded' });
    fc.assert(
      fc.property(fc.array(entry), (written) => {
        const claims = written.join(', ');
        const real = '203.0.113.9';
        expect(find('10.0.0.1', { 'x-forwarded-for': `${claims}, ${real}, 10.0.0.2` }).ip).toBe(real);
        const byForwarded = findForwarded('10.0.0.1', {
          forwarded: `for=${claims}, for=${real};proto=https`,
        }).ip;
        expect([real, null]).toContain(byForwarded);
      }),
    );
  });
});

describe('isTrustEntry', () => {
  it.each([
    ['loopback', true],
    ['private', true],
    ['10.0.0.0/8', true],
    ['2001:db8::1', true],
    ['privat', false],
    ['10.0.0.0/', false],
    ['fe80::1%eth0', false],
    ['__proto__', false],
  ])('%s: %s', (text, isEntry) => {
    expect(isTrustEntry(text)).toBe(isEntry);
  });
});
