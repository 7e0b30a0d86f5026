import { consentTypes } from '../model/consent.ts';
import { html, type Markup } from './html.ts';
import type { Visit } from './visit.ts';

/** A page of the shop, before the frame around it. */
export interface ShopPage {
  readonly title: string;
  readonly body: Markup;
  /** `sdk`: the measurement script and the consent banner. `itself`: only what the body brings. */
  readonly measuredBy: 'sdk' | 'itself';
}

/** The whole document of a page. */
export function renderPage({ title, body, measuredBy }: ShopPage, visit: Visit): string {
  const hasSdk = measuredBy === 'sdk';
  return html`<!doctype html>
<html lang="en" data-brand="${visit.isCheckoutHost ? 'checkout' : 'shop'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Northlight</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='6' fill='%23c8842b'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/assets/shop.css">
${hasSdk ? sdkSnippet(visit.scriptPath) : undefined}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${header(visit)}
<main id="main">${body}</main>
${footer(visit, measuredBy)}
${hasSdk ? consentBanner : undefined}
</body>
</html>
`.text;
}

/** What a site pastes into its head: a queue that works at once, and the script that empties it. */
function sdkSnippet(scriptPath: string): Markup {
  return html`<script>window.tl=window.tl||function(){(tl.q=tl.q||[]).push(arguments)}</script>
<script async src="${scriptPath}"></script>
<script defer src="/assets/shop.js"></script>`;
}

function header(visit: Visit): Markup {
  const pieces = visit.cart?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
  const home = `${visit.shopOrigin}/`;
  if (visit.isCheckoutHost) {
    return html`<header class="bar"><a class="logo" href="${home}">Northlight<span> Checkout</span></a>
<nav aria-label="Main"><a href="${home}" data-testid="back-to-shop">Back to the shop</a></nav></header>`;
  }
  return html`<header class="bar"><a class="logo" href="${home}">Northlight</a>
<nav aria-label="Main"><a href="/sale" data-testid="nav-sale">Sale</a>
<a href="/cart" data-testid="nav-cart">Cart <span class="count" data-testid="cart-count">${pieces}</span></a></nav></header>`;
}

function footer(visit: Visit, measuredBy: ShopPage['measuredBy']): Markup {
  return html`<footer><div class="foot">
<section><h2>Northlight</h2><p>A demo shop. Nothing is charged and nothing is shipped.</p>
${measuredBy === 'sdk' ? html`<button type="button" id="consent-settings" class="text-button" data-testid="consent-settings">Privacy settings</button>` : undefined}</section>
<nav aria-label="Measurement cases"><h2>Measurement cases</h2><ul>
${cases.map(([path, text]) => html`<li><a href="${visit.shopOrigin}${path}">${text}</a></li>`)}
</ul></nav></div></footer>`;
}

const cases: readonly (readonly [path: string, text: string])[] = [
  ['/go/summer?utm_source=newsletter&utm_medium=email&gclid=demo-click', 'Redirect that drops parameters'],
  ['/go/kept?utm_source=newsletter&utm_medium=email&gclid=demo-click', 'Redirect that keeps them'],
  ['/no-script', 'Page without any script'],
  ['/spa', 'Single-page navigation'],
  ['/ga4', 'Hits in GA4’s wire format'],
  ['/segment', 'Segment’s own SDK'],
];

const statistics = ['analytics_storage', 'functionality_storage', 'security_storage'];
const necessary = ['security_storage'];

/** Hidden until the script finds that the visitor has not answered; refusing is as easy as accepting. */
const consentBanner = html`<section id="consent" class="consent" aria-labelledby="consent-title" data-testid="consent-banner" data-types="${consentTypes.join(' ')}" hidden>
<div><h2 id="consent-title" tabindex="-1">Your privacy</h2>
<p>May we measure how the shop is used, and whether our advertising works? You can change your mind at any time at the foot of each page.</p></div>
<div class="choices">
<button type="button" id="consent-refuse" data-testid="consent-refuse" data-granted="${necessary.join(' ')}">Refuse</button>
<button type="button" id="consent-statistics" data-testid="consent-statistics" data-granted="${statistics.join(' ')}">Only statistics</button>
<button type="button" id="consent-accept" data-testid="consent-accept" data-granted="${consentTypes.join(' ')}">Accept all</button>
</div></section>`;
