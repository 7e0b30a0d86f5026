import express, { type Request, type Response, Router } from 'express';
import { findProduct } from './catalogue.ts';
import { renderPage, type ShopPage } from './layout.ts';
import type { Buyer, OrderBook } from './orders.ts';
import {
  cartPage,
  checkoutPage,
  landingPage,
  messagePage,
  productPage,
  salePage,
  thankYouPage,
} from './pages.ts';
import { ensureSession, readVisit } from './visit.ts';

const maxFieldLength = 200;
const sampleBuyer: Buyer = { name: 'Ada Example', email: 'ada@example.com' };

/** The shop itself: landing, sale, product, cart, checkout, thank-you. */
export function storefront(orders: OrderBook, scriptPath: string): Router {
  const router = Router();
  const visitOf = (request: Request) => readVisit(request, scriptPath, orders);
  const show = (request: Request, response: Response, page: ShopPage) =>
    response.send(renderPage(page, visitOf(request)));

  router.get('/', (request, response) => {
    if (visitOf(request).isCheckoutHost) return response.redirect('/checkout');
    return show(request, response, landingPage());
  });
  router.get('/sale', (request, response) => show(request, response, salePage()));
  router.get('/products/:id', (request, response) => {
    const product = findProduct(request.params.id);
    if (product !== undefined) return show(request, response, productPage(product));
    return show(
      request,
      response.status(404),
      messagePage('Not found', 'We do not make that, or no longer.'),
    );
  });
  router.get('/thank-you', (request, response) => {
    const order = orders.orderOf(visitOf(request).sessionId, fieldOf(request.query, 'order'));
    if (order !== undefined) return show(request, response, thankYouPage(order));
    return show(
      request,
      response.status(404),
      messagePage('Not found', 'This browser placed no such order.'),
    );
  });
  router.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 20 }));
  router.use(cartRoutes(orders, scriptPath));
  router.use(checkoutRoutes(orders, scriptPath));
  return router;
}

function cartRoutes(orders: OrderBook, scriptPath: string): Router {
  const router = Router();
  const visitOf = (request: Request) => readVisit(request, scriptPath, orders);
  router.get('/cart', (request, response) => {
    const visit = visitOf(request);
    response.send(renderPage(cartPage(visit), visit));
  });
  router.post('/cart', (request, response) => {
    const product = findProduct(fieldOf(request.body, 'product'));
    const quantity = quantityOf(request.body) ?? 1;
    if (product !== undefined) {
      orders.add(ensureSession(visitOf(request), request, response), product, quantity);
    }
    response.redirect(303, '/cart');
  });
  router.post('/cart/change', (request, response) => {
    const { sessionId } = visitOf(request);
    const product = findProduct(fieldOf(request.body, 'product'));
    const quantity = quantityOf(request.body);
    if (sessionId !== undefined && product !== undefined && quantity !== undefined) {
      orders.change(sessionId, product, quantity);
    }
    response.redirect(303, '/cart');
  });
  return router;
}

function checkoutRoutes(orders: OrderBook, scriptPath: string): Router {
  const router = Router();
  const visitOf = (request: Request) => readVisit(request, scriptPath, orders);
  router.get('/checkout', (request, response) => {
    const visit = visitOf(request);
    const cartId = fieldOf(request.query, 'cart');
    if (!visit.isCheckoutHost || cartId === '') {
      return response.send(renderPage(checkoutPage(visit, sampleBuyer), visit));
    }
    const sessionId = ensureSession(visit, request, response);
    orders.adopt(sessionId, cartId);
    const cart = orders.cartOf(sessionId);
    const adopted = { ...visit, sessionId, ...(cart !== undefined && { cart }) };
    return response.send(renderPage(checkoutPage(adopted, sampleBuyer), adopted));
  });
  router.post('/checkout', (request, response) => {
    const visit = visitOf(request);
    const buyer = { name: fieldOf(request.body, 'name'), email: fieldOf(request.body, 'email') };
    if (buyer.name === '' || !looksLikeEmail(buyer.email)) {
      const problem = 'Please give a name and an email address such as ada@example.com.';
      return response.status(422).send(renderPage(checkoutPage(visit, buyer, problem), visit));
    }
    const order = orders.place(visit.sessionId ?? '', fieldOf(request.body, 'cart'), buyer);
    if (order === undefined) return response.redirect(303, '/cart');
    return response.redirect(303, `/thank-you?order=${encodeURIComponent(order.id)}`);
  });
  return router;
}

/** A text field of a form or query; empty when it is missing, repeated or too long. */
function fieldOf(fields: unknown, name: string): string {
  if (typeof fields !== 'object' || fields === null) return '';
  const value: unknown = Object.entries(fields).find(([key]) => key === name)?.[1];
  return typeof value === 'string' && value.length <= maxFieldLength ? value.trim() : '';
}

function quantityOf(fields: unknown): number | undefined {
  const text = fieldOf(fields, 'quantity');
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function looksLikeEmail(text: string): boolean {
  const at = text.indexOf('@');
  return at > 0 && at < text.length - 1 && !text.includes(' ');
}
