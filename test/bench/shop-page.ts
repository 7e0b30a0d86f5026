/**
 * A shop's page as content management systems write them: long attributes, inline scripts and styles, SVG icons, comments,
 * tables, a link every few hundred bytes and some of them to the checkout on another domain. The same for the same size.
 */
export function shopPage(bytes: number): string {
  const parts = [start];
  let length = start.length + end.length;
  for (let index = 0; length < bytes; index += 1) {
    const part = (sections[index % sections.length] ?? product)(index);
    parts.push(part);
    length += part.length;
  }
  return parts.join('') + end;
}

/** Where the checkout of that shop is. */
export const checkoutHost = 'checkout.example';

const state = JSON.stringify({
  route: '/c/lamps',
  html: '<a href="https://checkout.example/in-json">buy</a>',
  filters: Array.from({ length: 40 }, (_, id) => ({ id, name: `Filter ${id}`, values: ['a', 'b', 'c'] })),
}).replaceAll('</', '<\\/');

const start = `<!DOCTYPE html>
<html lang="de" class="no-js">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Brass desk lamps &amp; more <a href="https://checkout.example/in-title"></title>
<link rel="preload" as="font" type="font/woff2" href="/fonts/inter.woff2" crossorigin>
<style>:root{--brand:#b5803b}a[href^="https://"]::after{content:"</style"}.card>a{color:inherit}</style>
<script>window.dataLayer=window.dataLayer||[];if(1<2&&3>2){document.write("<script src='/x.js'><\\/script>")}</script>
<!--[if lt IE 9]><script src="/html5shiv.js"></script><a href="https://checkout.example/in-comment"><![endif]-->
</head>
<body data-page='{"kind":"listing","title":"Lamps > brass"}'>
<noscript><iframe src="https://tags.example/ns.html" height="0" width="0"></iframe></noscript>
<header><nav aria-label="Main"><ul><li><a class="nav__link" href="/c/lamps">Lamps</a><li><a href="/c/chairs">Chairs</a></ul></nav>
<form role="search" action="/search" method="get"><input type="search" name="q" placeholder="Search > products"></form></header>
`;

const end = `<footer><p>&copy; 2026 <a href="/imprint">Imprint</a> <a href="https://www.social.example/shop" rel="noopener">Social</a></p></footer>
<script id="state" type="application/json">${state}</script>
</body>
</html>
`;

function product(index: number): string {
  return `<article class="card card--listing" data-sku="L-${index}" itemscope itemtype="https://schema.org/Product">
  <a class="card__link" href="/p/brass-lamp-${index}?variant=${index % 7}" aria-label="Brass lamp no. ${index}">
    <picture><source type="image/avif" srcset="/i/${index}-400.avif 400w, /i/${index}-800.avif 800w" sizes="(min-width: 60em) 25vw, 50vw">
    <img src="/i/${index}-400.jpg" alt="A lamp > of brass" loading="lazy" decoding="async" width="400" height="400"></picture>
  </a>
  <h3 class="card__title" itemprop="name">Brass desk lamp no. ${index}</h3>
  <p class="card__text">A desk lamp of brass with a green shade, which lights the page and not the room. Dims at a touch.</p>
  <p class="price" itemprop="offers"><span class="price__now">${(index % 90) + 9},90&nbsp;&euro;</span> <s>129,00&nbsp;&euro;</s></p>
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><title>Heart</title><path d="M12 21l-1.4-1.3C5.4 15.4 2 12.3 2 8.5 2 5.4 4.4 3 7.5 3"/></svg>
</article>
`;
}

function checkout(index: number): string {
  return `<div class="buy"><a class="btn btn--primary" href="https://${checkoutHost}/cart?add=L-${index}&amp;qty=1#pay">Buy now</a>
<form method="post" action='https://${checkoutHost}/cart'><input type="hidden" name="sku" value="L-${index}"><button>Add</button></form></div>
`;
}

function table(index: number): string {
  const row = (line: number): string =>
    `<tr><th scope="row">Property ${line}<td data-value="${index * line}">Value &lt; ${line}<td><abbr title="a > b">n/a</abbr></tr>\n`;
  return `<table class="specs"><caption>Details</caption><tbody>\n${[1, 2, 3, 4, 5, 6].map(row).join('')}</tbody></table>
<script>(function(){var t="<a href='https://${checkoutHost}/in-script'>";window.q=[${index}<2,"<!-- ","-->"]})()</script>
<!-- section ${index}: <a href="https://${checkoutHost}/in-comment">old</a> -- -->
`;
}

const sections = [product, product, product, checkout, product, product, table];
