import type { Request } from '../../contract/destination.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Secret } from '../../model/secret.ts';

const timeoutMs = 10_000;

/** Where and with what an ad platform's events are posted. */
export interface JsonPost {
  readonly url: string;
  readonly body: JsonObject;
  readonly allowPrivate: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** The token, and the header that carries it. */
  readonly token?: { readonly header: string; readonly prefix: string; readonly secret: Secret };
}

/** A POST of JSON; the token is masked wherever the request is shown. */
export function jsonPost({
  url,
  body,
  allowPrivate,
  headers,
  token,
}: JsonPost): Extract<Request, { kind: 'http' }> {
  const text = token?.secret.reveal();
  return {
    kind: 'http',
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(token !== undefined && { [token.header]: `${token.prefix}${text}` }),
    },
    body: JSON.stringify(body),
    secrets: text === undefined ? [] : [text],
    allowPrivate,
    timeoutMs,
  };
}
