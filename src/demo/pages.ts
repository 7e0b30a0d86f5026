import type { JsonObject } from '../model/json.ts';
import { heroArt, productArt } from './art.ts';
import { currency, itemOf, majorUnits, type Product, priceText, products } from './catalogue.ts';
import { html, literal, type Markup } from './html.ts';
import type { ShopPage } from './layout.ts';
import { type Buyer, commerceOf, type Line, type Order, type Sums, sumsOf } from './orders.ts';
import type { Visit } from './visit.ts';

/** The landing page. */
export function landingPage(): ShopPage {
  return measured(
    'Light for long evenings',
    html`<section class="hero"><div><p class="kicker">Summer sale</p><h1>Light for long evenings</h1>
<p class="lead">Lamps, wool and stoneware made to be used every day and mended when they break.</p>
<a class="button" href="/sale" data-testid="hero-sale">See the sale</a></div>${heroArt}</section>
<section aria-labelledby="all"><h2 id="all">Everything we make</h2>${productGrid(products)}</section>`,
  );
}

/** The category page that campaigns lead to. */
export function salePage(): ShopPage {
  const reduced = products.filter((product) => product.beforeSaleCents !== undefined);
  return measured(
    'Summer sale',
    html`<div class="intro"><p class="kicker">Until the end of the month</p><h1>Summer sale</h1>
<p class="lead">Last season’s pieces, reduced once and not restocked.</p></div>${productGrid(reduced)}`,
  );
}

/** A product and its form; measures view_item, and add_to_cart when the form is sent. */
export function productPage(product: Product): ShopPage {
  const item = itemOf(product, 1);
  return measured(
    product.name,
    html`<article class="product"><div class="panel">${productArt(product.id)}</div><div>
<p class="kicker">${product.category}</p><h1>${product.name}</h1><p class="price">${priceMarkup(product)}</p>
<p class="lead">${product.line}</p><p>${product.description}</p>
<form method="post" action="/cart" data-item="${JSON.stringify(item)}" data-currency="${currency}" data-testid="add-form">
<input type="hidden" name="product" value="${product.id}">
<label for="quantity">Quantity</label>
<div class="row"><input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="20" value="1" data-testid="quantity">
<button type="submit" class="button" data-testid="add-to-cart">Add to cart</button></div>
</form></div></article>
${event('view_item', { currency, value: majorUnits(product.priceCents), items: [item] })}`,
  );
}

/** The cart, with a way to pay here and one to pay on the second host. */
export function cartPage(visit: Visit): ShopPage {
  const cart = visit.cart;
  if (cart === undefined || cart.lines.length === 0) return emptyCartPage(visit);
  return measured(
    'Cart',
    html`<h1>Cart</h1><div class="columns"><ul class="lines">${cart.lines.map(cartLine)}</ul>
<section class="box" aria-labelledby="sum"><h2 id="sum">Summary</h2>${sumTable(sumsOf(cart.lines))}
<a class="button wide" href="/checkout" data-testid="checkout-link">Check out</a>
<a class="button quiet wide" href="${visit.checkoutOrigin}/checkout?cart=${cart.id}" data-testid="pay-elsewhere">Pay on checkout.localhost</a>
</section></div>`,
  );
}

/** The checkout form; measures begin_checkout. `problem` says what to correct. */
export function checkoutPage(visit: Visit, buyer: Buyer, problem?: string): ShopPage {
  const cart = visit.cart;
  if (cart === undefined || cart.lines.length === 0) return emptyCartPage(visit);
  return measured(
    'Checkout',
    html`<h1>Checkout</h1><div class="columns"><form class="box" method="post" action="/checkout" data-testid="checkout-form">
<h2>Your details</h2><input type="hidden" name="cart" value="${cart.id}">
${problem === undefined ? undefined : html`<p class="problem" role="alert" data-testid="problem">${problem}</p>`}
<label for="name">Name</label><input id="name" name="name" autocomplete="name" required value="${buyer.name}" data-testid="name">
<label for="email">Email</label><input id="email" name="email" type="email" autocomplete="email" required value="${buyer.email}" data-testid="email">
<button type="submit" class="button wide" data-testid="place-order">Place order</button>
<p class="small">This is a demo: no payment is taken and no mail is sent.</p></form>
<section class="box" aria-labelledby="sum"><h2 id="sum">Your order</h2>${lineList(cart.lines)}${sumTable(sumsOf(cart.lines))}</section></div>
${event('begin_checkout', commerceOf(cart.lines))}`,
  );
}

/** The confirmation; measures purchase. A reload sends the same event id again, so that it counts once. */
export function thankYouPage({ id, lines, sums, buyer }: Order): ShopPage {
  const purchase = {
    id: `purchase-${id}`,
    transactionId: id,
    ...commerceOf(lines),
    tax: majorUnits(sums.taxCents),
    shipping: majorUnits(sums.shippingCents),
    user: { email: buyer.email },
  };
  return measured(
    'Thank you',
    html`<div class="intro"><p class="kicker">Order <span data-testid="order-id">${id}</span></p><h1>Thank you, ${buyer.name}</h1>
<p class="lead">Your order is confirmed. We would write to ${buyer.email} if this were a real shop.</p></div>
<section class="box narrow" aria-labelledby="sum"><h2 id="sum">Your order</h2>${lineList(lines)}${sumTable(sums)}</section>
<script>tl('purchase',${literal(purchase)})</script>`,
  );
}

/** What a wrong address, or an order of somebody else, gets. */
export function messagePage(title: string, text: string): ShopPage {
  return measured(
    title,
    html`<div class="intro"><h1>${title}</h1><p class="lead">${text}</p><a class="button" href="/">To the shop</a></div>`,
  );
}

function emptyCartPage(visit: Visit): ShopPage {
  return measured(
    'Cart',
    html`<div class="intro"><h1>Your cart is empty</h1><p class="lead">The sale might change that.</p>
<a class="button" href="${visit.shopOrigin}/sale" data-testid="empty-cart-sale">See the sale</a></div>`,
  );
}

function measured(title: string, body: Markup): ShopPage {
  return { title, body, measuredBy: 'sdk' };
}

function event(name: string, fields: JsonObject): Markup {
  return html`<script>tl('event',${literal(name)},${literal(fields)})</script>`;
}

function productGrid(shown: readonly Product[]): Markup {
  const cards = shown.map(
    (product) => html`<li><a class="card" href="/products/${product.id}" data-testid="product-${product.id}">
<span class="panel">${productArt(product.id)}</span><span class="card-name">${product.name}</span>
<span class="card-line">${product.line}</span><span class="price">${priceMarkup(product)}</span></a></li>`,
  );
  return html`<ul class="grid">${cards}</ul>`;
}

function priceMarkup({ priceCents, beforeSaleCents }: Product): Markup {
  if (beforeSaleCents === undefined) return html`${priceText(priceCents)}`;
  return html`<span class="hidden">Now </span>${priceText(priceCents)} <span class="hidden">was </span><s>${priceText(beforeSaleCents)}</s>`;
}

function cartLine({ product, quantity }: Line): Markup {
  return html`<li class="line" data-testid="cart-line-${product.id}"><a class="panel" href="/products/${product.id}" tabindex="-1" aria-hidden="true">${productArt(product.id)}</a>
<div><a href="/products/${product.id}">${product.name}</a><p class="small">${priceText(product.priceCents)} each</p>
<div class="row"><form method="post" action="/cart/change" class="row"><input type="hidden" name="product" value="${product.id}">
<label class="hidden" for="quantity-${product.id}">Quantity of ${product.name}</label>
<input id="quantity-${product.id}" name="quantity" type="number" inputmode="numeric" min="0" max="20" value="${quantity}">
<button type="submit" class="button quiet">Update</button></form>
<form method="post" action="/cart/change"><input type="hidden" name="product" value="${product.id}"><input type="hidden" name="quantity" value="0">
<button type="submit" class="text-button" data-testid="remove-${product.id}">Remove<span class="hidden"> ${product.name}</span></button></form></div></div>
<p class="amount">${priceText(product.priceCents * quantity)}</p></li>`;
}

function lineList(lines: readonly Line[]): Markup {
  return html`<ul class="short-lines">${lines.map(
    ({ product, quantity }) =>
      html`<li><span>${quantity} × ${product.name}</span><span>${priceText(product.priceCents * quantity)}</span></li>`,
  )}</ul>`;
}

function sumTable({ itemsCents, shippingCents, taxCents, totalCents }: Sums): Markup {
  return html`<dl class="sums"><div><dt>Items</dt><dd data-testid="order-value">${priceText(itemsCents)}</dd></div>
<div><dt>Shipping</dt><dd>${shippingCents === 0 ? 'Free' : priceText(shippingCents)}</dd></div>
<div><dt>VAT</dt><dd>${priceText(taxCents)}</dd></div>
<div class="total"><dt>Total</dt><dd>${priceText(totalCents)}</dd></div></dl>`;
}
