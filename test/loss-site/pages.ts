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

/** Who counts a page's views. */
export type ViewCounter = 'gateway' | 'script';

/** The script as a site has it, with links to its other domains handing the visitor over. */
export function tracker(counter: ViewCounter): string {
  const automatic = counter === 'gateway' ? ' data-auto="off"' : '';
  return `${queue}<script async src="/t/s.js" data-link${automatic}></script>`;
}

/** A page on which one can buy. */
export function landing(counter: ViewCounter, more = ''): string {
  return `${tracker(counter)}<h1>Sale</h1>${more}<a id="buy" href="/thank-you">Buy</a>`;
}

/** The page after the purchase; the order's number is the visitor's, whatever became of the address. */
export const thanks = `${tracker('gateway')}<h1>Thank you</h1><script>
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
