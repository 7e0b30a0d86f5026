import { describe, expect, it } from 'vitest';
import { NavigationTape } from '../../src/app/trace-tape.ts';

const answer = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  isFromServiceWorker: false,
});
const at = (path: string) => new URL(`https://shop.example${path}`);

describe('the tape of a browser', () => {
  it('tells an upgrade inside the browser from a redirect', () => {
    const tape = new NavigationTape(20);
    tape.requested({ id: 'a', url: new URL('http://shop.example/?gclid=1') }, 0);
    const redirectedBy = answer(307, {
      'non-authoritative-reason': 'HSTS',
      location: 'https://shop.example/',
    });
    tape.requested({ id: 'a', url: at('/?gclid=1'), redirectedBy }, 1);
    tape.answered('a', answer(200), 2);
    expect(tape.hops()).toMatchObject([
      { via: 'start', status: null, target: at('/?gclid=1').href, headers: {} },
      { via: 'hsts', status: 200 },
    ]);
  });

  it('keeps what a redirect wrote, and the headers that say who answered', () => {
    const tape = new NavigationTape(20);
    tape.requested({ id: 'a', url: at('/a') }, 0);
    const redirectedBy = answer(302, { location: '/b', server: 'nginx', 'set-cookie': 'secret=1' });
    tape.requested({ id: 'a', url: at('/b'), redirectedBy }, 1);
    expect(tape.hops()[0]).toEqual({
      url: at('/a').href,
      via: 'start',
      status: 302,
      target: '/b',
      headers: { server: 'nginx' },
    });
  });

  it('takes no place on a page for another page', () => {
    const tape = new NavigationTape(20);
    tape.requested({ id: 'a', url: at('/a?gclid=1') }, 0);
    tape.replaced(at('/a?gclid=1#reviews'), 1);
    expect(tape.hops()).toHaveLength(1);
  });

  it('waits for a refresh that is soon, and for none that is late', () => {
    const tape = new NavigationTape(20);
    tape.requested({ id: 'a', url: at('/a') }, 0);
    tape.announced(900, 100);
    expect(tape.dueAtMs).toBe(0);
    tape.announced(5, 100);
    expect(tape.dueAtMs).toBe(5_100);
  });

  it('writes no more hops down than it may', () => {
    const tape = new NavigationTape(2);
    for (const path of ['/a', '/b', '/c', '/d']) tape.requested({ id: path, url: at(path) }, 0);
    expect(tape.hops()).toHaveLength(2);
    expect(tape.stop?.fault).toBe('too_many_hops');
  });

  it('says what stopped it first', () => {
    const tape = new NavigationTape(1);
    tape.failed({ fault: 'refused', message: 'refused' });
    tape.failed({ fault: 'timeout', message: 'late' });
    expect(tape.stop?.fault).toBe('refused');
  });
});
