import type { Commerce, Contact, Page } from './event.ts';
import type { JsonObject } from './json.ts';
import type { Reason } from './reason.ts';

/** What the edge saw of one request, already bounded and decompressed. Never stored. */
export interface Hit {
  readonly method: string;
  /** The path without its configured prefix, such as `/g/collect`. */
  readonly path: string;
  /** The raw query string without `?`; empty when there is none. */
  readonly query: string;
  /** Host the browser asked for, without port, lower case. */
  readonly host: string;
  /** Header names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** UTC milliseconds. */
  readonly receivedAtMs: number;
}

/** One event as a protocol decoded it: no identity, consent or session yet. */
export interface Draft {
  readonly name: string;
  /** The tracker's own idempotency key; absent: the edge makes one. */
  readonly id?: string;
  /** The client's clock, UTC milliseconds; absent: time of receipt. */
  readonly occurredAtMs?: number;
  /** When the client sent it by its own clock, so that a wrong clock can be corrected. */
  readonly sentAtMs?: number;
  readonly sentBy: 'browser' | 'server' | 'gateway';
  readonly page?: Page;
  readonly userId?: string;
  /** Ids the tracker gave this client, by tool: `ga`, `segment`. */
  readonly clientIds?: Readonly<Record<string, string>>;
  readonly commerce?: Commerce;
  readonly user?: Contact;
  readonly engagementMs?: number;
  readonly screen?: string;
  readonly language?: string;
  /** Only from a server-sent event: the visitor's user agent and address, where the request's own are the server's. */
  readonly userAgent?: string;
  readonly ip?: string;
  /** Campaign fields that the tracker states outright, by utm name without `utm_`; they win over the page's query. */
  readonly campaign?: Readonly<Record<string, string>>;
  /** Consent hints found in the hit, by parameter name: `gcs`, `gcd`, `consent`. Read by consent sources. */
  readonly signals?: Readonly<Record<string, string>>;
  /** What a link from another of the site's domains handed over, as it came with the page; never stored. */
  readonly link?: string;
  readonly properties: JsonObject;
}

/** A piece of a hit that could not become a draft. The rest of the hit is kept. */
export interface Reject {
  readonly reason: Reason;
  /** Where in the hit, such as `batch[3].event`. */
  readonly at: string;
  /** What is wrong and what is allowed, in words; never the secret or personal part of the value. */
  readonly message: string;
}
