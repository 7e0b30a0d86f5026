import type { ServerResponse } from 'node:http';

/** Sends a whole HTML page. */
export function sendHtml(
  res: ServerResponse,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', ...headers });
  res.end(`<!doctype html><html lang="en"><head><title>Shop</title></head><body>${body}</body></html>`);
}

const queue = '<script>window.tl=window.tl||function(){(tl.q=tl.q||[]).push(arguments)}</script>';

/** The script as a site has it that lets the gateway count views (`quiet`), or that counts them itself. */
export function tracker(views: 'quiet' | 'automatic'): string {
  return `${queue}<script async src="/t/s.js"${views === 'quiet' ? ' data-auto="off"' : ''}></script>`;
}

/** A page on which one can buy. */
export function landing(views: 'quiet' | 'automatic', more = ''): string {
  return `${tracker(views)}<h1>Sale</h1>${more}<a id="buy" href="/thank-you">Buy</a>`;
}

/** The page after the purchase; the order's number is the visitor's, whatever became of the address. */
export const thanks = `${tracker('quiet')}<h1>Thank you</h1><script>
tl('purchase', {
  transactionId: (/order=([\\w-]+)/.exec(document.cookie) || [])[1], value: 59, currency: 'EUR',
  items: [{ id: 'tide-lamp', price: 59, quantity: 1 }],
});
</script>`;

/** A banner whose answer is stored, and after which the page goes elsewhere. */
export function banner(then: string): string {
  return `<button id="accept">Accept</button><script>
document.getElementById('accept').onclick = () => {
  tl('consent', Object.fromEntries(['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization',
    'functionality_storage', 'personalization_storage', 'security_storage'].map((type) => [type, 'granted'])));
  document.cookie = 'OptanonAlertBoxClosed=2026-11-24T10:00:00.000Z;path=/';
  setTimeout(() => { ${then} }, 200);
};
</script>`;
}
