import type { Draft, Hit, Reject } from '../model/hit.ts';
import type { Refusal } from '../model/refusal.ts';

/** A method and an exact path below the protocol's configured prefix. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'HEAD';
  /** Starts with `/`, no parameters, such as `/g/collect`. */
  readonly path: string;
}

/** What a protocol made of one hit. Bad pieces never sink good ones. */
export interface Decoded {
  readonly drafts: readonly Draft[];
  readonly rejects: readonly Reject[];
}

/** An HTTP answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * An inbound protocol. One file in capture/, one golden file with the same name.
 *
 * Lifecycle of a hit:
 * 1. The edge matches a route, bounds and decompresses the body. The content type is not trusted: sniff the bytes.
 * 2. `decode` runs once; pure, synchronous, must not throw on any input.
 * 3. The drafts are stored; only then
 * 4. `accepted` makes the reply. If the hit as a whole was refused at any stop, `refused` makes it instead.
 */
export interface CaptureProtocol {
  /** The file's name and the configuration's key. */
  readonly name: string;
  /** For people: `Google Analytics 4 (gtag.js)`. */
  readonly title: string;
  /** Whether its paths are answered where the configuration says nothing; others could be pages of the site. */
  readonly isOnByDefault: boolean;
  /** One paragraph for the reference page: how to point the client at the gateway. */
  readonly pointing: string;
  /** Two claims on one path of one site fail at start. */
  readonly routes: readonly Route[];
  decode(hit: Hit): Decoded;
  /** The answer the client's SDK expects after `accepted` events were stored and `rejects` were not. */
  accepted(hit: Hit, accepted: number, rejects: readonly Reject[]): Reply;
  /** The answer where the hit as a whole is refused: a clear 4xx where the SDK can take one, else the vendor's own. */
  refused(hit: Pick<Hit, 'method' | 'path' | 'query'>, refusal: Refusal): Reply;
}
