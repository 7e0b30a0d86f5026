import { type Request, type Response, Router } from 'express';
import { html, literal, type Markup } from './html.ts';
import { renderPage, type ShopPage } from './layout.ts';
import type { OrderBook } from './orders.ts';
import { ga4Script, segmentScript, spaScript } from './tracker-scripts.ts';
import { readVisit } from './visit.ts';

/** Pages that are measured in another way than the shop: no script, single page, GA4's hits, Segment's SDK. */
export function trackers(orders: OrderBook, scriptPath: string, hasSegment: boolean): Router {
  const router = Router();
  const show = (page: ShopPage) => (request: Request, response: Response) =>
    response.send(renderPage(page, readVisit(request, scriptPath, orders)));
  router.get('/no-script', show(noScriptPage));
  router.get('/ga4', show(ga4Page));
  router.get('/segment', show(hasSegment ? segmentPage : segmentMissingPage));
  for (const [path, view] of views) router.get(path, show(spaPage(path, view)));
  return router;
}

const noScriptPage: ShopPage = {
  title: 'Without a script',
  measuredBy: 'itself',
  body: html`<div class="intro"><h1>No script on this page</h1>
<p class="lead">It loads no JavaScript at all. If its page view is counted, the gateway saw the page pass by.</p>
<a class="button" href="/no-script?utm_source=printed-card&amp;utm_medium=qr" data-testid="no-script-again">Again, with a campaign</a></div>`,
};

interface SpaView {
  readonly title: string;
  readonly text: string;
}

const views: ReadonlyMap<string, SpaView> = new Map([
  ['/spa', { title: 'Journal', text: 'Three short reads that never load a new document.' }],
  [
    '/spa/brass',
    { title: 'Why brass', text: 'It bends before it breaks, and it can be straightened again.' },
  ],
  ['/spa/wool', { title: 'Why undyed wool', text: 'Nothing to fade, nothing to wash out, less water used.' }],
]);

function spaPage(path: string, view: SpaView): ShopPage {
  const links = [...views].map(
    ([to, { title }]) =>
      html`<a href="${to}" data-view${to === path ? html` aria-current="page"` : undefined} data-testid="spa-${to.slice(1).replace('/', '-')}">${title}</a>`,
  );
  return {
    title: view.title,
    measuredBy: 'sdk',
    body: html`<nav class="tabs" aria-label="Journal">${links}</nav>
<div class="intro" aria-live="polite"><h1 id="view-title" data-testid="spa-title">${view.title}</h1><p class="lead" id="view-text">${view.text}</p></div>
<script type="application/json" id="views">${literal(Object.fromEntries([...views].map(([to, { title, text }]) => [to, { title, text }])))}</script>
${inline(spaScript)}`,
  };
}

const ga4Page: ShopPage = {
  title: 'GA4 wire format',
  measuredBy: 'itself',
  body: html`<div class="intro"><h1>GA4’s wire format</h1>
<p class="lead">A hand-written script sends version 2 hits to <code>/g/collect</code>, with consent in <code>gcs</code> and <code>gcd</code>.</p></div>
<section class="box narrow" aria-labelledby="ga4-consent"><h2 id="ga4-consent">Consent</h2>
<div class="row"><button type="button" class="button quiet" id="ga4-grant" data-testid="ga4-grant">Grant all</button>
<button type="button" class="button quiet" id="ga4-deny" data-testid="ga4-deny">Deny all</button></div>
<h2>Events</h2><div class="row">
<button type="button" class="button" id="ga4-view-item" data-testid="ga4-view-item">view_item</button>
<button type="button" class="button" id="ga4-batch" data-testid="ga4-batch">scroll and add_to_cart in one request</button>
<button type="button" class="button" id="ga4-purchase" data-testid="ga4-purchase">purchase</button></div>
<h2>Sent</h2><ol id="ga4-log" class="log" aria-live="polite" data-testid="ga4-log"></ol></section>
${inline(ga4Script)}`,
};

const segmentPage: ShopPage = {
  title: 'Segment',
  measuredBy: 'itself',
  body: html`<div class="intro"><h1>Segment’s own SDK</h1>
<p class="lead">The published browser SDK, pointed at this host’s <code>/v1</code>. It sent a page call when it loaded.</p></div>
<section class="box narrow" aria-labelledby="segment-calls"><h2 id="segment-calls">Calls</h2><div class="row">
<button type="button" class="button" id="segment-track" data-testid="segment-track">track Order Completed</button>
<button type="button" class="button" id="segment-identify" data-testid="segment-identify">identify</button></div>
<h2>Sent</h2><ol id="segment-log" class="log" aria-live="polite" data-testid="segment-log"></ol></section>
<script src="/assets/segment.js"></script>
${inline(segmentScript)}`,
};

const segmentMissingPage: ShopPage = {
  title: 'Segment',
  measuredBy: 'itself',
  body: html`<div class="intro"><h1>Segment’s own SDK</h1>
<p class="lead">The SDK is not part of this installation. Point your own page’s <code>apiHost</code> at this host’s <code>/v1</code> instead.</p></div>`,
};

function inline(script: Markup): Markup {
  return html`<script>${script}</script>`;
}
