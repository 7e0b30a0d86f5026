import { compileTemplate, marks, type Template } from './load/template.ts';

/** The host that every request of the benchmark asks for. */
export const siteHost = 'bench.example';

const browserHeaders = [
  `Host: ${siteHost}`,
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
];

// Each event brings the touch that began the visit no more than once: one hit in eight is a landing.
const landingUrl = `https://${siteHost}/l/lamps?utm_source=google&utm_medium=cpc&utm_campaign=autumn&gclid=${marks.visitor}`;
const productUrl = `https://${siteHost}/products/brass-desk-lamp-7?colour=green&size=medium`;

const grants = JSON.stringify({
  ad_storage: 'granted',
  analytics_storage: 'granted',
  ad_user_data: 'granted',
  ad_personalization: 'granted',
});

const landing = collectRequest(
  'page_view',
  `"page":{"url":"${landingUrl}","referrer":"https://www.google.com/","title":"Lamps for every desk"},` +
    '"loadId":"p4Xq0m1Zs8","screen":"1920x1080","language":"en-GB","properties":{"template":"landing","experiment":' +
    '"hero-b","theme":"light","viewport":"1280x720","logged_in":false,"consent_banner":"answered","currency":"EUR",' +
    '"store":"north","currency_shown":"EUR","visit_depth":1}',
);

const productView = collectRequest(
  'view_item',
  `"page":{"url":"${productUrl}","referrer":"https://${siteHost}/l/lamps","title":"Brass desk lamp, green shade"},` +
    '"loadId":"p4Xq0m1Zs9","screen":"1920x1080","language":"en-GB","value":129.9,"currency":"EUR","items":[{"item_id":"L-7-G","item_name":' +
    '"Brass desk lamp","item_brand":"Lumen & Sons","item_category":"lamps","item_variant":"green","price":129.9,' +
    '"quantity":1}],"engagementMs":4213,"properties":{"template":"product"}',
);

/** JSON events of about 700 bytes, as the browser SDK sends them, one template for each connection. */
export function collectTemplates(connections: number): readonly Template[] {
  return Array.from({ length: connections }, (_, index) => (index % 8 === 0 ? landing : productView));
}

/** A browser's request for a page, one template for each connection. */
export function pageTemplates(
  connections: number,
  path = '/products/brass-desk-lamp-7?colour=green',
): readonly Template[] {
  const template = pageRequest(path);
  return Array.from({ length: connections }, () => template);
}

function pageRequest(path: string): Template {
  return compileTemplate(
    [
      `GET ${path} HTTP/1.1`,
      ...browserHeaders,
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'Sec-Fetch-Dest: document',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Site: same-origin',
      'Upgrade-Insecure-Requests: 1',
      `Cookie: ${cookies()}`,
      '',
      '',
    ].join('\r\n'),
  );
}

function collectRequest(name: string, fields: string): Template {
  const { eventId, timeMs } = marks;
  const body = `{"name":"${name}","id":"${eventId}","time":${timeMs},"sentAt":${timeMs},${fields},"consent":${grants}}`;
  return compileTemplate(
    [
      'POST /t/e HTTP/1.1',
      ...browserHeaders,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Content-Type: application/json',
      'Accept: */*',
      `Origin: https://${siteHost}`,
      `Referer: https://${siteHost}/`,
      'Sec-Fetch-Dest: empty',
      'Sec-Fetch-Mode: cors',
      'Sec-Fetch-Site: same-origin',
      `Cookie: ${cookies()}`,
      '',
      body,
    ].join('\r\n'),
  );
}

/** A returning visitor who has accepted everything, with an identity as src/visitor writes it. */
function cookies(): string {
  const nowSec = Math.floor(Date.now() / 1000);
  return `tl_consent=1.ggggggg; tl_visitor=1.${marks.visitor}.${nowSec - 3 * 86_400}.${nowSec - 3_600}`;
}
