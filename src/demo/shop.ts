import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { renderPage } from './layout.ts';
import { type Listening, listen } from './listen.ts';
import { createOrderBook, type OrderBook } from './orders.ts';
import { messagePage } from './pages.ts';
import { probes } from './probes.ts';
import { shopScript } from './shop-script.ts';
import { shopStyle } from './shop-style.ts';
import { storefront } from './storefront.ts';
import { trackers } from './trackers.ts';
import { readVisit } from './visit.ts';
import { echoWebSocket } from './websocket-echo.ts';

/** How the demo shop is started. */
export interface ShopOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Where the gateway serves the measurement script, such as `/t/s.js`. */
  readonly scriptPath: string;
  /** More files to serve, content by path, such as `/assets/segment.js`. Default: none. */
  readonly assets?: Readonly<Record<string, string>>;
  /** Makes unique order ids. Default: random ones. */
  readonly newOrderId?: () => string;
}

/** Starts the demo shop: a small server-rendered shop whose measurement goes through the gateway in front of it. */
export async function startShop(options: ShopOptions): Promise<Listening> {
  const orders = createOrderBook(options.newOrderId ?? randomOrderId);
  const server = createServer(shopApp(options, orders));
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] === '/ws') return echoWebSocket(request, socket, head);
    socket.on('error', () => socket.destroy());
    return socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return listen(server, options.port, options.host);
}

function shopApp({ scriptPath, assets = {} }: ShopOptions, orders: OrderBook): Express {
  const files = new Map(Object.entries(assets));
  const app = express();
  // The gateway is on the same machine and says in X-Forwarded-* which host and scheme the visitor asked for.
  app.set('trust proxy', 'loopback');
  app.disable('x-powered-by');
  // Pages show the cart and are never cached; a 304 would hide them from what a proxy does to HTML.
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache').set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.get('/assets/shop.css', (_request, response) => response.type('css').send(shopStyle));
  app.get('/assets/shop.js', (_request, response) => response.type('js').send(shopScript));
  app.use((request, response, next) => {
    const content = request.method === 'GET' ? files.get(request.path) : undefined;
    if (content === undefined) return next();
    return response.type(request.path.slice(request.path.lastIndexOf('.') + 1)).send(content);
  });
  app.use(probes());
  app.use(trackers(orders, scriptPath, files.has('/assets/segment.js')));
  app.use(storefront(orders, scriptPath));
  app.use((request, response) => {
    const page = messagePage('Not found', 'There is nothing at this address.');
    response.status(404).send(renderPage(page, readVisit(request, scriptPath, orders)));
  });
  app.use(plainError);
  return app;
}

/** Express knows an error handler by its four parameters. */
const plainError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  const isClientError =
    typeof error === 'object' &&
    error !== null &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500;
  return response
    .status(isClientError ? 400 : 500)
    .type('text')
    .send(isClientError ? 'The request could not be read.\n' : 'The shop failed.\n');
};

function randomOrderId(): string {
  return `NL-${randomBytes(5).toString('hex').toUpperCase()}`;
}
