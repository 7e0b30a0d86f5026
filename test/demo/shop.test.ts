import { once } from 'node:events';
import { Script } from 'node:vm';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startShop } from '../../src/demo/shop.ts';

let shop: Awaited<ReturnType<typeof startShop>>;
let origin: string;
let orderCount = 0;

beforeAll(async () => {
  shop = await startShop({
    port: 0,
    host: '127.0.0.1',
    scriptPath: '/t/s.js',
    newOrderId: () => `T-${++orderCount}`,
  });
  origin = `http://127.0.0.1:${shop.port}`;
});
afterAll(() => shop.close());

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

async function order(agent: ReturnType<typeof supertest.agent>) {
  await agent
    .post('/cart')
    .send(form({ product: 'fog-mug', quantity: '2' }))
    .expect(303);
  const { text } = await agent.get('/checkout').expect(200);
  const cart = /name="cart" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const placed = await agent.post('/checkout').send(form({ cart, name: 'Ada', email: 'ada@example.com' }));
  return { cart, location: placed.headers['location'] ?? '', checkout: text };
}

/** The arguments of each `tl(…)` call of a page, as its browser would queue them. */
function measured(page: string): unknown[] {
  const calls = page.matchAll(/<script>tl\((.*?)\)<\/script>/gs);
  return [...calls].map(([, argumentList]) => JSON.parse(`[${argumentList?.replaceAll("'", '"')}]`));
}

describe('pages', () => {
  it.each([
    ['/', 'Everything we make'],
    ['/sale', 'Summer sale'],
    ['/products/tide-lamp', 'Tide lamp'],
    ['/cart', 'Your cart is empty'],
    ['/checkout', 'Your cart is empty'],
    ['/spa', 'Journal'],
    ['/spa/wool', 'Why undyed wool'],
  ])('%s carries the measurement snippet and the consent banner', async (path, heading) => {
    const { text } = await supertest(origin).get(path).expect(200).expect('content-type', /html/);
    expect(text).toContain(heading);
    expect(text).toContain('<script async src="/t/s.js"></script>');
    expect(text).toContain('id="consent-refuse"');
    expect(text).not.toMatch(/(?:src|action)="https?:/);
  });

  it('serves a page that loads no script at all', async () => {
    const { text } = await supertest(origin).get('/no-script').expect(200);
    expect(text).not.toContain('<script');
  });

  it('sets no cookie before something is put into the cart', async () => {
    const { headers } = await supertest(origin).get('/products/tide-lamp');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each(['/products/unknown', '/thank-you?order=T-999', '/nowhere'])('answers 404 to %s', async (path) => {
    await supertest(origin).get(path).expect(404);
  });

  it('measures view_item with the price and the discount of the product', async () => {
    const { text } = await supertest(origin).get('/products/tide-lamp');
    expect(measured(text)).toEqual([
      [
        'event',
        'view_item',
        {
          currency: 'EUR',
          value: 59,
          items: [
            {
              id: 'tide-lamp',
              name: 'Tide lamp',
              brand: 'Northlight',
              category: 'Lamps',
              price: 59,
              quantity: 1,
              discount: 20,
            },
          ],
        },
      ],
    ]);
  });

  it('says how to get the Segment SDK when it was given none', async () => {
    const { text } = await supertest(origin).get('/segment').expect(200);
    expect(text).not.toContain('/assets/segment.js');
  });

  it('serves the Segment SDK when it was given one', async () => {
    const assets = { '/assets/segment.js': 'window.AnalyticsNext = {};' };
    const withSdk = await startShop({ port: 0, host: '127.0.0.1', scriptPath: '/t/s.js', assets });
    const client = supertest(`http://127.0.0.1:${withSdk.port}`);
    const script = await client.get('/assets/segment.js').expect('content-type', /javascript/);
    const page = await client.get('/segment');
    await withSdk.close();
    expect(script.text).toBe(assets['/assets/segment.js']);
    expect(page.text).toContain('<script src="/assets/segment.js"></script>');
  });
});

describe('scripts', () => {
  it.each(['/', '/products/tide-lamp', '/spa', '/ga4'])('all of %s parse', async (path) => {
    const { text } = await supertest(origin).get(path);
    const inline = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code = '']) => code);
    const { text: own } = await supertest(origin)
      .get('/assets/shop.js')
      .expect('content-type', /javascript/);
    expect(inline.length).toBeGreaterThan(0);
    for (const code of [...inline, own]) expect(() => new Script(code)).not.toThrow();
  });
});

describe('cart and orders', () => {
  it('keeps the cart in a session cookie that scripts cannot read', async () => {
    const agent = supertest.agent(origin);
    const added = await agent
      .post('/cart')
      .send(form({ product: 'tide-lamp', quantity: '3' }))
      .expect(303);
    expect(added.headers['set-cookie']?.[0]).toMatch(
      /^shop_session=[\w-]{36}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const { text } = await agent.get('/cart');
    expect(text).toContain('data-testid="cart-line-tide-lamp"');
    expect(text).toContain('data-testid="order-value">€177.00<');
  });

  it('changes and removes what is in the cart', async () => {
    const agent = supertest.agent(origin);
    await agent.post('/cart').send(form({ product: 'tide-lamp', quantity: '1' }));
    await agent.post('/cart/change').send(form({ product: 'tide-lamp', quantity: '2' }));
    expect((await agent.get('/cart')).text).toContain('€118.00');
    await agent.post('/cart/change').send(form({ product: 'tide-lamp', quantity: '0' }));
    expect((await agent.get('/cart')).text).toContain('Your cart is empty');
  });

  it('ends at a thank-you page that measures the purchase, equally when it is reloaded', async () => {
    const agent = supertest.agent(origin);
    const { location, checkout } = await order(agent);
    const id = new URL(location, origin).searchParams.get('order');
    expect(measured(checkout)).toMatchObject([['event', 'begin_checkout', { currency: 'EUR', value: 37 }]]);

    const first = measured((await agent.get(location).expect(200)).text);
    expect(first).toMatchObject([
      [
        'purchase',
        {
          id: `purchase-${id}`,
          transactionId: id,
          currency: 'EUR',
          value: 37,
          tax: 7.4,
          shipping: 4.9,
          items: [{ id: 'fog-mug', price: 18.5, quantity: 2 }],
          user: { email: 'ada@example.com' },
        },
      ],
    ]);
    expect(measured((await agent.get(location)).text)).toEqual(first);
  });

  it('places an order once when the form is sent twice', async () => {
    const agent = supertest.agent(origin);
    const { cart, location } = await order(agent);
    const again = await agent.post('/checkout').send(form({ cart, name: 'Ada', email: 'ada@example.com' }));
    expect(again.headers['location']).toBe(location);
    expect((await agent.get('/cart')).text).toContain('Your cart is empty');
  });

  it('shows an order to nobody but the browser that placed it', async () => {
    const { location } = await order(supertest.agent(origin));
    await supertest(origin).get(location).expect(404);
  });

  it('asks again for an email address that is none, and escapes what was typed', async () => {
    const agent = supertest.agent(origin);
    await agent.post('/cart').send(form({ product: 'fog-mug', quantity: '1' }));
    const fields = form({ cart: 'x', name: '"><script>alert(1)</script>', email: 'nobody' });
    const { text } = await agent.post('/checkout').send(fields).expect(422);
    expect(text).toContain('role="alert"');
    expect(text).toContain('&quot;&gt;&lt;script&gt;');
  });

  it.each([
    ['an unknown product', form({ product: '__proto__', quantity: '1' })],
    ['a quantity that is none', form({ product: 'fog-mug', quantity: '1e9' })],
    ['a repeated field', 'product=fog-mug&product=tide-lamp'],
    ['no fields', ''],
  ])('survives %s', async (_title, body) => {
    await supertest(origin).post('/cart').send(body).expect(303).expect('location', '/cart');
  });

  it('answers 400 to a form it cannot read', async () => {
    await supertest(origin)
      .post('/cart')
      .send(form({ product: 'x'.repeat(20_000) }))
      .expect(400);
  });
});

describe('the second host', () => {
  const elsewhere = 'checkout.localhost:8080';

  it('is linked from the cart with the port of the request and nothing but the cart id', async () => {
    const agent = supertest.agent(origin);
    await agent.post('/cart').send(form({ product: 'fog-mug', quantity: '1' }));
    const { text } = await agent.get('/cart').set('Host', 'localhost:8080');
    expect(text).toMatch(/href="http:\/\/checkout\.localhost:8080\/checkout\?cart=[\w-]{36}"/);
  });

  it('takes over the cart, places the order and thanks in its own colours', async () => {
    const agent = supertest.agent(origin);
    await agent.post('/cart').send(form({ product: 'fog-mug', quantity: '1' }));
    const cart = /\?cart=([\w-]{36})"/.exec((await agent.get('/cart')).text)?.[1] ?? '';

    const other = supertest.agent(origin);
    const page = await other.get(`/checkout?cart=${cart}`).set('Host', elsewhere).expect(200);
    expect(page.text).toContain('data-brand="checkout"');
    expect(page.text).toContain('1 × Fog mug');
    const fields = form({ cart, name: 'Ada', email: 'ada@example.com' });
    const placed = await other.post('/checkout').set('Host', elsewhere).send(fields).expect(303);
    const thanks = await other.get(placed.headers['location'] ?? '').set('Host', elsewhere);
    expect(measured(thanks.text)).toMatchObject([['purchase', { value: 18.5 }]]);
    expect(thanks.text).toContain('href="http://localhost:8080/"');
  });

  it('takes over no cart that does not exist', async () => {
    const { text } = await supertest(origin).get('/checkout?cart=__proto__').set('Host', elsewhere);
    expect(text).toContain('Your cart is empty');
  });
});

describe('probes', () => {
  it.each([
    ['/go/summer?utm_source=x&gclid=y', '/sale'],
    ['/go/kept?utm_source=x&gclid=y%20z', '/sale?utm_source=x&gclid=y%20z'],
    ['/go/kept', '/sale'],
  ])('redirects %s to %s', async (path, location) => {
    await supertest(origin).get(path).expect(302).expect('location', location);
  });

  it('echoes the headers of a request', async () => {
    const { body } = await supertest(origin).get('/headers').set('X-Forwarded-For', '203.0.113.9');
    expect(body).toMatchObject({ 'x-forwarded-for': '203.0.113.9' });
  });

  it('sets a host-only cookie, one for its domain and a secure one', async () => {
    const { headers } = await supertest(origin).get('/set-cookie').set('Host', 'localhost:8080');
    expect(headers['set-cookie']).toEqual([
      'demo_host=1; Path=/',
      'demo_domain=1; Domain=localhost; Path=/; SameSite=Lax',
      'demo_secure=1; Path=/set-cookie; HttpOnly; Secure',
    ]);
  });

  it('counts and hashes an upload', async () => {
    const { body } = await supertest(origin).post('/upload').type('application/octet-stream').send('abc');
    expect(body).toEqual({
      bytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });

  it('streams a slow page chunk by chunk', async () => {
    const response = await fetch(`${origin}/slow?chunks=3&gapMs=1`);
    const text = await response.text();
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    expect(text).toMatch(/Chunk 1 of 3.*Chunk 3 of 3.*<\/html>/s);
  });
});

describe('WebSocket echo', () => {
  const connect = (path: string) => new WebSocket(`${origin.replace('http', 'ws')}${path}`);

  it.each([
    ['a short message', 'hello'],
    ['an empty message', ''],
    ['a message of 60,000 bytes', 'ä'.repeat(30_000)],
  ])('sends back %s', async (_title, text) => {
    const socket = connect('/ws');
    await once(socket, 'open');
    socket.send(text);
    const [data] = await once(socket, 'message');
    socket.close(1000);
    const [code] = await once(socket, 'close');
    expect(String(data)).toBe(text);
    expect(code).toBe(1000);
  });

  it('answers a ping', async () => {
    const socket = connect('/ws');
    await once(socket, 'open');
    socket.ping('are you there');
    const [data] = await once(socket, 'pong');
    socket.terminate();
    expect(String(data)).toBe('are you there');
  });

  it.each([
    ['a binary message', Buffer.from([1, 2]), { binary: true }, 1003],
    ['a message larger than 64 KiB', 'x'.repeat(65_536), {}, 1009],
    ['text that is not UTF-8', Buffer.from([0xff]), { binary: false }, 1007],
  ])('closes on %s', async (_title, data, options, expected) => {
    const socket = connect('/ws');
    await once(socket, 'open');
    socket.send(data, options);
    const [code] = await once(socket, 'close');
    expect(code).toBe(expected);
  });

  it('refuses the handshake on any other path', async () => {
    const [error] = await once(connect('/elsewhere'), 'error');
    expect(String(error)).toContain('404');
  });
});

describe('closing', () => {
  it('drops open sockets and frees the port', async () => {
    const closing = await startShop({ port: 0, host: '127.0.0.1', scriptPath: '/t/s.js' });
    const socket = new WebSocket(`ws://127.0.0.1:${closing.port}/ws`);
    await once(socket, 'open');
    const dropped = once(socket, 'close');
    await closing.close();
    await dropped;
    await expect(fetch(`http://127.0.0.1:${closing.port}/`)).rejects.toThrow();
  });

  it('rejects when the port is taken', async () => {
    const second = startShop({ port: shop.port, host: '127.0.0.1', scriptPath: '/t/s.js' });
    await expect(second).rejects.toThrow(/EADDRINUSE/);
  });
});
