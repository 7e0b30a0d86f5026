import { request } from 'undici';
import { consentTypes } from '../../src/model/consent.ts';
import { type LossCase, lossCases, queryOf } from './cases.ts';
import { addressOf, type Ports } from './hosts.ts';

const maxHops = 10;

const browserHeaders = {
  accept: 'text/html',
  'accept-language': 'en-GB',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
} as const;

/** A journey without a browser: follows redirects with cookies, and buys on the page where they end. */
export async function visit(one: LossCase, ports: Ports): Promise<void> {
  const jar = new Map([['tl_consent', `1.${consentTypes.map(() => 'g').join('')}`]]);
  const forwarded = { 'x-forwarded-for': `198.51.100.${lossCases.indexOf(one) + 1}` };
  const ask = async (url: string, purchase?: object): Promise<Answer> => {
    const { host, port, pathname, search } = new URL(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    // Not every system's resolver knows the names under .localhost, as browsers do; fetch would not send another Host.
    const answer = await request(`http://127.0.0.1:${port}${pathname}${search}`, {
      headers: { ...browserHeaders, ...forwarded, host, cookie },
      ...(purchase !== undefined && { method: 'POST', body: JSON.stringify(purchase) }),
    });
    await answer.body.dump();
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const { location, refresh } = answer.headers;
    return { status: answer.statusCode, next: location ?? /url=(.+)$/.exec(String(refresh))?.[1] };
  };
  let url = addressOf(one.start.host, one.start.path + queryOf(one), ports);
  for (let hop = 0; hop < maxHops; hop += 1) {
    const { status, next } = await ask(url);
    if (next !== undefined) {
      url = new URL(String(next), url).href;
      continue;
    }
    if (status !== 200) throw new Error(`${one.id}: ${url} answered ${status}`);
    const purchase = { name: 'purchase', transactionId: one.id, value: 59, currency: 'EUR', page: { url } };
    await ask(new URL('/t/e', url).href, purchase);
    return;
  }
  throw new Error(`${one.id}: more than ${maxHops} hops`);
}

interface Answer {
  readonly status: number;
  readonly next: string | string[] | undefined;
}
