/** The live page; its script and style are files of their own, so that the content policy allows nothing inline. */
export const receiverPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What the platforms received</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/receiver.css">
<script defer src="/receiver.js"></script>
</head>
<body>
<header>
<div><h1>What the platforms received</h1>
<p>This server stands in for three platforms. Nothing here left your machine.</p></div>
<p id="state" role="status" data-state="waiting">Connecting</p>
</header>
<main>
<fieldset><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked> All <output id="count-all">0</output></label>
<label><input type="radio" name="show" id="show-webhook"> Webhook <output id="count-webhook">0</output></label>
<label><input type="radio" name="show" id="show-ga4"> GA4 <output id="count-ga4">0</output></label>
<label><input type="radio" name="show" id="show-meta"> Meta <output id="count-meta">0</output></label>
</fieldset>
<p id="empty">Nothing yet. Browse the shop, and answer its privacy question: what you refuse never arrives here.</p>
<ol id="events" aria-label="Events, newest first" data-testid="events"></ol>
</main>
</body>
</html>
`;

/** Fills the page from the stream. Whatever was received is set as text, never as markup. */
export const receiverScript = `(() => {
  const maxRows = 1000;
  const list = document.getElementById('events');
  const state = document.getElementById('state');
  const platforms = { webhook: 'Webhook', ga4: 'GA4', meta: 'Meta' };
  const counts = {};

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const shortPage = (page) => {
    try {
      const { pathname, search } = new URL(page);
      return pathname + search;
    } catch {
      return page;
    }
  };
  const consentOf = (row) => {
    const line = element('p', 'consent');
    if (row.granted.length > 0) line.append(element('span', 'granted', 'granted: ' + row.granted.join(', ')));
    if (row.denied.length > 0) line.append(element('span', 'denied', 'not granted: ' + row.denied.join(', ')));
    return line;
  };
  const detailsOf = (received) => {
    const details = element('details', '');
    details.append(element('summary', '', 'Payload'));
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) {
        const { headers, ...rest } = received;
        const payload = element('pre', '', JSON.stringify({ ...rest, headers }, null, 2));
        payload.tabIndex = 0;
        details.append(payload);
      }
    });
    return details;
  };
  const itemOf = (row, received) => {
    const item = element('li', 'event');
    item.dataset.platform = received.platform;
    item.dataset.name = row.name;
    const time = element('time', '', new Date(received.at).toLocaleTimeString());
    time.dateTime = received.at;
    const head = element('div', 'head');
    head.append(element('span', 'platform', platforms[received.platform]), element('strong', '', row.name));
    if (row.value) head.append(element('span', 'value', row.value));
    head.append(time);
    item.append(head);
    if (row.page) {
      const page = element('p', 'page', shortPage(row.page));
      page.title = row.page;
      item.append(page);
    }
    if (row.granted.length + row.denied.length > 0) item.append(consentOf(row));
    item.append(detailsOf(received));
    return item;
  };
  const add = ({ rows, received }) => {
    for (const row of rows) {
      list.prepend(itemOf(row, received));
      counts[received.platform] = (counts[received.platform] || 0) + 1;
    }
    while (list.childElementCount > maxRows) {
      counts[list.lastElementChild.dataset.platform] -= 1;
      list.lastElementChild.remove();
    }
  };
  const showCounts = () => {
    for (const platform of Object.keys(platforms)) {
      document.getElementById('count-' + platform).value = counts[platform] || 0;
    }
    document.getElementById('count-all').value = list.childElementCount;
    document.getElementById('empty').hidden = list.childElementCount > 0;
  };
  const say = (name, text) => {
    state.dataset.state = name;
    state.textContent = text;
  };

  const stream = new EventSource('/stream');
  stream.addEventListener('open', () => say('live', 'Live'));
  stream.addEventListener('error', () => say('waiting', 'Reconnecting'));
  stream.addEventListener('snapshot', (event) => {
    list.replaceChildren();
    for (const platform of Object.keys(counts)) counts[platform] = 0;
    for (const entry of JSON.parse(event.data).entries) add(entry);
    showCounts();
  });
  stream.addEventListener('received', (event) => {
    add(JSON.parse(event.data));
    showCounts();
  });
})();
`;
