import type { Hit } from '../../src/model/hit.ts';

/** A hit with what a test leaves out filled in. */
export function hitOf(given: Partial<Omit<Hit, 'body'>> & { readonly body?: string | Uint8Array }): Hit {
  const { body = '', ...rest } = given;
  return {
    method: 'POST',
    path: '/e',
    query: '',
    host: 'shop.example',
    headers: {},
    cookies: {},
    receivedAtMs: 1_795_433_706_500,
    ...rest,
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  };
}
