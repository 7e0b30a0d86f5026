import { randomUUID } from 'node:crypto';
import type { Item } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { currency, itemOf, majorUnits, type Product } from './catalogue.ts';

/** A product and how many of it. */
export interface Line {
  readonly product: Product;
  readonly quantity: number;
}

/** What one visitor is about to buy. Its id is what passes to the checkout on the other host. */
export interface Cart {
  readonly id: string;
  readonly lines: readonly Line[];
}

/** What a cart costs, in cents. */
export interface Sums {
  readonly itemsCents: number;
  readonly shippingCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
}

/** Who an order is for. */
export interface Buyer {
  readonly name: string;
  readonly email: string;
}

/** A placed order. Only the session that placed it may see it. */
export interface Order {
  readonly id: string;
  readonly sessionId: string;
  readonly lines: readonly Line[];
  readonly sums: Sums;
  readonly buyer: Buyer;
}

/** Carts and orders, kept in memory and bounded. */
export interface OrderBook {
  cartOf(sessionId: string | undefined): Cart | undefined;
  /** Puts a product into the session's cart; a cart is made where there is none. */
  add(sessionId: string, product: Product, quantity: number): void;
  /** Sets how many of a product the cart holds; 0 takes it out. */
  change(sessionId: string, product: Product, quantity: number): void;
  /** Makes a cart of another host the session's own; an unknown id changes nothing. */
  adopt(sessionId: string, cartId: string): void;
  /** Places the order of a cart. Placing it twice gives the same order; undefined: there is nothing to order. */
  place(sessionId: string, cartId: string, buyer: Buyer): Order | undefined;
  orderOf(sessionId: string | undefined, orderId: string): Order | undefined;
}

const maxQuantity = 20;
const maxKept = 10_000;
const shippingCents = 490;
const freeShippingFromCents = 6000;
const taxRate = 0.2;

/** An empty order book. Order ids come from the argument and must be unique. */
export function createOrderBook(newOrderId: () => string): OrderBook {
  const carts = new Map<string, Cart>();
  const cartIds = new Map<string, string>();
  const orders = new Map<string, Order>();
  const orderIds = new Map<string, string>();

  const cartOf = (sessionId: string | undefined) => carts.get(cartIds.get(sessionId ?? '') ?? '');
  const orderOf = (sessionId: string | undefined, orderId: string) => {
    const order = orders.get(orderId);
    return order?.sessionId === sessionId ? order : undefined;
  };
  const change = (sessionId: string, product: Product, quantity: number) => {
    const cart = cartOf(sessionId) ?? { id: randomUUID(), lines: [] };
    keep(cartIds, sessionId, cart.id);
    keep(carts, cart.id, { id: cart.id, lines: withQuantity(cart.lines, product, quantity) });
  };
  return {
    cartOf,
    orderOf,
    change,
    add(sessionId, product, quantity) {
      const line = cartOf(sessionId)?.lines.find((each) => each.product === product);
      change(sessionId, product, (line?.quantity ?? 0) + quantity);
    },
    adopt(sessionId, cartId) {
      if (carts.has(cartId)) keep(cartIds, sessionId, cartId);
    },
    place(sessionId, cartId, buyer) {
      const placed = orderIds.get(cartId);
      if (placed !== undefined) return orderOf(sessionId, placed);
      const cart = cartOf(sessionId);
      if (cart === undefined || cart.id !== cartId || cart.lines.length === 0) return undefined;
      const order = { id: newOrderId(), sessionId, lines: cart.lines, sums: sumsOf(cart.lines), buyer };
      keep(orders, order.id, order);
      keep(orderIds, cartId, order.id);
      carts.delete(cartId);
      return order;
    },
  };
}

/** What these lines cost: shipping is free from 60 euros, tax comes on top of the items. */
export function sumsOf(lines: readonly Line[]): Sums {
  const itemsCents = lines.reduce((sum, { product, quantity }) => sum + product.priceCents * quantity, 0);
  const shipping = itemsCents === 0 || itemsCents >= freeShippingFromCents ? 0 : shippingCents;
  const taxCents = Math.round(itemsCents * taxRate);
  return { itemsCents, shippingCents: shipping, taxCents, totalCents: itemsCents + shipping + taxCents };
}

/** The ecommerce fields of these lines. The value leaves out tax and shipping, as GA4 defines it (2026-11-23). */
export function commerceOf(lines: readonly Line[]): JsonObject & { readonly items: readonly Item[] } {
  return {
    currency,
    value: majorUnits(sumsOf(lines).itemsCents),
    items: lines.map(({ product, quantity }) => itemOf(product, quantity)),
  };
}

function withQuantity(lines: readonly Line[], product: Product, quantity: number): readonly Line[] {
  const bounded = Math.min(quantity, maxQuantity);
  if (bounded < 1) return lines.filter((line) => line.product !== product);
  if (!lines.some((line) => line.product === product)) return [...lines, { product, quantity: bounded }];
  return lines.map((line) => (line.product === product ? { product, quantity: bounded } : line));
}

/** Sets a key as the newest one and forgets the oldest beyond the bound. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= maxKept) return;
    map.delete(oldest);
  }
}
