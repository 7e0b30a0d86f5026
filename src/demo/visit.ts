import { randomUUID } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import type { Cart, OrderBook } from './orders.ts';

/** The shop's own session cookie. It is the site's business alone and must never reach a destination. */
const sessionCookie = 'shop_session';
const checkoutHost = 'checkout.localhost';

/** What the shop knows of one request. */
export interface Visit {
  /** Where the measurement script is served. */
  readonly scriptPath: string;
  readonly sessionId?: string;
  readonly cart?: Cart;
  /** The request came to the second host, which only takes payments. */
  readonly isCheckoutHost: boolean;
  /** What a link to the shop begins with; empty on the shop's own host. */
  readonly shopOrigin: string;
  /** What a link to the second host begins with. */
  readonly checkoutOrigin: string;
}

/** Reads the visit behind a request; sets nothing. */
export function readVisit(request: Request, scriptPath: string, orders: OrderBook): Visit {
  const sessionId = parseCookie(request.headers.cookie ?? '')[sessionCookie];
  const cart = orders.cartOf(sessionId);
  const host = request.host ?? 'localhost';
  const isCheckoutHost = request.hostname === checkoutHost;
  return {
    scriptPath,
    ...(sessionId !== undefined && { sessionId }),
    ...(cart !== undefined && { cart }),
    isCheckoutHost,
    shopOrigin: isCheckoutHost ? `${request.protocol}://${host.slice('checkout.'.length)}` : '',
    checkoutOrigin: `${request.protocol}://${checkoutHost}${portOf(host)}`,
  };
}

/** The session to write to; the cookie is set with the first thing that needs it, not before. */
export function ensureSession(visit: Visit, request: Request, response: Response): string {
  if (visit.sessionId !== undefined) return visit.sessionId;
  const sessionId = randomUUID();
  response.cookie(sessionCookie, sessionId, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: request.secure,
  });
  return sessionId;
}

function portOf(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon > host.lastIndexOf(']') ? host.slice(colon) : '';
}
