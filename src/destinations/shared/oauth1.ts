import { createHmac } from 'node:crypto';

/** The four keys of OAuth 1.0a, in the clear. */
export interface OAuth1Keys {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly accessToken: string;
  readonly accessTokenSecret: string;
}

/** What one request is signed for. `url` has no query, and a JSON body takes no part (RFC 5849 section 3.4.1.3). */
export interface OAuth1Request {
  readonly method: string;
  readonly url: string;
  /** Never the same twice with one timestamp. */
  readonly nonce: string;
  readonly timestampSec: number;
}

/** The `Authorization` header of OAuth 1.0a with HMAC-SHA1, and the signature in it. */
export function oauth1(
  request: OAuth1Request,
  keys: OAuth1Keys,
): { readonly header: string; readonly signature: string } {
  const parameters: readonly (readonly [string, string])[] = [
    ['oauth_consumer_key', keys.consumerKey],
    ['oauth_nonce', request.nonce],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', String(request.timestampSec)],
    ['oauth_token', keys.accessToken],
    ['oauth_version', '1.0'],
  ];
  const listed = parameters.map(([name, value]) => `${name}=${encode(value)}`).join('&');
  const base = [request.method, request.url, listed].map(encode).join('&');
  const key = `${encode(keys.consumerSecret)}&${encode(keys.accessTokenSecret)}`;
  const signature = createHmac('sha1', key).update(base).digest('base64');
  const fields = [...parameters, ['oauth_signature', signature] as const];
  return {
    header: `OAuth ${fields.map(([name, value]) => `${name}="${encode(value)}"`).join(', ')}`,
    signature: encode(signature),
  };
}

/** RFC 5849 section 3.6: everything but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
