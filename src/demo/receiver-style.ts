/** The receiver page's style sheet: light and dark, from 320 px up. */
export const receiverStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f7f9, #121417);
  --raised: light-dark(#ffffff, #1a1d21);
  --ink: light-dark(#1b1f24, #e8eaed);
  --soft: light-dark(#57606a, #9aa3ad);
  --line: light-dark(#d8dde3, #2e343b);
  --accent: light-dark(#17564a, #7fd0ba);
  --webhook: light-dark(#6b3fa0, #c9a8f5);
  --ga4: light-dark(#9a5b00, #f2b45c);
  --meta: light-dark(#1556b8, #8db8ff);
  --good: light-dark(#1a6b3c, #7ddb9f);
  --bad: light-dark(#a3261c, #ff9d94);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans); }
header, main { max-width: 60rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: start; gap: .5rem 2rem; padding-block: 2rem 1rem; }
h1 { font-size: clamp(1.5rem, 1.2rem + 1.4vw, 2rem); letter-spacing: -.015em; line-height: 1.2; margin: 0 0 .35rem; text-wrap: balance; }
p { margin: 0; }
header p, #empty { color: var(--soft); }
#empty { padding-block: 3rem; max-width: 46ch; }
#state { display: inline-flex; align-items: center; gap: .5rem; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 2rem; background: var(--raised); font-size: .9rem; }
#state::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: var(--soft); }
#state[data-state=live]::before { background: var(--good); }
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
fieldset { display: flex; flex-wrap: wrap; gap: .5rem; border: 0; margin: 0 0 1.25rem; padding: 0; }
legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
label { display: inline-flex; align-items: center; gap: .5rem; min-height: 2.5rem; padding: .3rem .9rem; border: 1px solid var(--line); border-radius: 2rem; background: var(--raised); cursor: pointer; }
label:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); font-weight: 600; }
label:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
input { position: absolute; opacity: 0; pointer-events: none; }
output { color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
#events { list-style: none; margin: 0; padding: 0 0 4rem; display: grid; gap: .75rem; }
.event { background: var(--raised); border: 1px solid var(--line); border-radius: .6rem; padding: .85rem 1.1rem; min-width: 0; }
.event[data-platform=webhook] { --platform: var(--webhook); }
.event[data-platform=ga4] { --platform: var(--ga4); }
.event[data-platform=meta] { --platform: var(--meta); }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .85rem; }
.head strong { font-size: 1.1rem; overflow-wrap: anywhere; }
.platform { color: var(--platform); font-weight: 600; min-width: 5.25rem; }
.value { font-variant-numeric: tabular-nums; font-weight: 600; }
time { margin-left: auto; color: var(--soft); font-size: .9rem; font-variant-numeric: tabular-nums; }
.page { font: .9rem var(--mono); color: var(--soft); overflow-wrap: anywhere; margin-top: .35rem; }
.consent { display: grid; gap: .15rem; margin-top: .35rem; font-size: .85rem; }
.granted { color: var(--good); }
.denied { color: var(--bad); }
.granted::before { content: "✓ "; }
.denied::before { content: "✗ "; }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; width: fit-content; }
pre { margin: .6rem 0 0; padding: .85rem; max-height: 28rem; overflow: auto; background: var(--paper); border-radius: .4rem; font: .8rem/1.5 var(--mono); }
body:has(#show-webhook:checked) .event:not([data-platform=webhook]),
body:has(#show-ga4:checked) .event:not([data-platform=ga4]),
body:has(#show-meta:checked) .event:not([data-platform=meta]) { display: none; }
`;
