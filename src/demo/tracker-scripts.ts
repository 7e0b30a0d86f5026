import { Markup } from './html.ts';

/** Swaps the view and the address without loading a document. */
export const spaScript = new Markup(`(() => {
  const views = JSON.parse(document.getElementById('views').textContent);
  const show = (path) => {
    const view = views[path];
    document.title = view.title + ' · Northlight';
    document.getElementById('view-title').textContent = view.title;
    document.getElementById('view-text').textContent = view.text;
    for (const link of document.querySelectorAll('a[data-view]')) {
      link.pathname === path ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
    }
  };
  for (const link of document.querySelectorAll('a[data-view]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      if (link.pathname === location.pathname) return;
      show(link.pathname);
      history.pushState(null, '', link.pathname);
    });
  }
  addEventListener('popstate', () => show(location.pathname));
})();`);

/**
 * Hits in the shape of gtag.js (protocol version 2): one event in the query, several as lines of the body.
 * gcd carries a default of denied (p), then the visitor's grant (r) or denial (q); shape of recorded hits, 2026-11-23.
 */
export const ga4Script = new Markup(`(() => {
  const types = ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'];
  window.consentState = window.consentState || {};
  const loadedAt = Date.now();
  const newClientId = () => crypto.getRandomValues(new Uint32Array(1))[0] + '.' + Math.floor(loadedAt / 1000);
  const pageClientId = newClientId();
  const sessionId = String(Math.floor(loadedAt / 1000));
  let sequence = 0;
  let engagedFrom = performance.now();

  const isGranted = (type) => window.consentState[type] === 'granted';
  const letter = (type) => ({ granted: 'r', denied: 'q' })[window.consentState[type]] || 'p';
  const clientId = () => {
    if (!isGranted('analytics_storage')) return pageClientId;
    const stored = /(?:^|; )_ga=GA1\\.\\d+\\.(\\d+\\.\\d+)/.exec(document.cookie);
    if (stored) return stored[1];
    document.cookie = '_ga=GA1.1.' + pageClientId + '; path=/; max-age=34560000; samesite=lax';
    return pageClientId;
  };
  const shared = () => ({
    v: '2', tid: 'G-DEMO000001', gtm: '45je6b20v9000000000za200', _p: String(loadedAt),
    gcs: 'G1' + (isGranted('ad_storage') ? '1' : '0') + (isGranted('analytics_storage') ? '1' : '0'),
    gcd: '1' + types.map((type) => '3' + letter(type)).join('') + '5l1',
    npa: isGranted('ad_personalization') ? '0' : '1', dma: '0', cid: clientId(),
    ul: navigator.language.toLowerCase(), sr: screen.width + 'x' + screen.height, frm: '0',
    pscdl: isGranted('ad_storage') ? 'noapi' : 'denied', _s: String(++sequence), sid: sessionId, sct: '1',
    seg: sequence > 1 ? '1' : '0', dl: location.href, dr: document.referrer, dt: document.title,
  });
  const engagement = () => {
    const now = performance.now();
    const spent = Math.max(1, Math.round(now - engagedFrom));
    engagedFrom = now;
    return String(spent);
  };
  const send = async (events) => {
    const query = new URLSearchParams(shared());
    const isFirst = query.get('_s') === '1';
    if (events.length === 1) for (const [name, value] of Object.entries(events[0])) query.set(name, value);
    if (isFirst) for (const name of ['_fv', '_nsi', '_ss']) query.set(name, '1');
    query.set('tfd', String(Math.round(performance.now())));
    const body = events.length === 1 ? undefined : events.map((event) => new URLSearchParams(event)).join('\\r\\n');
    const log = document.createElement('li');
    log.textContent = events.map((event) => event.en).join(', ') + ' …';
    document.getElementById('ga4-log').append(log);
    const outcome = await fetch('/g/collect?' + query, { method: 'POST', body, keepalive: true, credentials: 'include' })
      .then((response) => 'HTTP ' + response.status, () => 'failed');
    log.textContent = log.textContent.replace('…', outcome);
  };
  const item = 'idfog-mug~nmFog mug~brNorthlight~caTable~pr18.5~qt2';
  const on = (id, work) => document.getElementById(id).addEventListener('click', work);
  const choose = (answer) => {
    window.consentState = Object.fromEntries(types.map((type) => [type, answer]));
    send([{ en: 'consent_update', _et: engagement() }]);
  };
  on('ga4-grant', () => choose('granted'));
  on('ga4-deny', () => choose('denied'));
  on('ga4-view-item', () => send([{ en: 'view_item', cu: 'EUR', 'epn.value': '37', pr1: item, _et: engagement() }]));
  on('ga4-batch', () => send([
    { en: 'scroll', 'epn.percent_scrolled': '90', _et: engagement() },
    { en: 'add_to_cart', cu: 'EUR', 'epn.value': '37', pr1: item, _et: engagement() },
  ]));
  on('ga4-purchase', () => send([{
    en: 'purchase', cu: 'EUR', 'epn.value': '37', 'epn.tax': '7.4', 'epn.shipping': '4.9',
    'ep.transaction_id': 'GA-' + loadedAt, pr1: item, _et: engagement(),
  }]));
  send([{ en: 'page_view' }]);
})();`);

/** Loads Segment's browser SDK without asking Segment for settings, and points it at this host. */
export const segmentScript = new Markup(`(() => {
  const { AnalyticsBrowser } = window.AnalyticsNext || window;
  const target = { apiHost: location.host + '/v1', protocol: location.protocol.slice(0, -1) };
  const analytics = AnalyticsBrowser.load(
    { writeKey: 'demo', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'demo' } } } },
    { integrations: { 'Segment.io': target } },
  );
  window.analytics = analytics;
  const log = (call) => call.then((context) => {
    const line = document.createElement('li');
    line.textContent = context.event.type + ' ' + (context.event.event || context.event.name || '');
    document.getElementById('segment-log').append(line);
  });
  const on = (id, work) => document.getElementById(id).addEventListener('click', work);
  on('segment-track', () => log(analytics.track('Order Completed', {
    order_id: 'SEG-' + Date.now(), revenue: 37, currency: 'EUR', tax: 7.4, shipping: 4.9,
    products: [{ product_id: 'fog-mug', name: 'Fog mug', category: 'Table', price: 18.5, quantity: 2 }],
  })));
  on('segment-identify', () => log(analytics.identify('demo-user', { email: 'ada@example.com' })));
  log(analytics.page());
})();`);
