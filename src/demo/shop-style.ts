/** The shop's style sheet: light and dark, from 320 px up. */
export const shopStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbf8f3, #15171a);
  --raised: light-dark(#ffffff, #1d2024);
  --panel: light-dark(#f0eae0, #24282d);
  --ink: light-dark(#1f1c18, #efeae2);
  --soft: light-dark(#655d52, #b0a99e);
  --line: light-dark(#ddd4c6, #363b42);
  --accent: light-dark(#17564a, #7fd0ba);
  --on-accent: light-dark(#ffffff, #0d211c);
  --warm: light-dark(#c8842b, #f0b357);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
[data-brand=checkout] {
  --accent: light-dark(#3a3f9e, #a9b2ff);
  --on-accent: light-dark(#ffffff, #14163a);
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-bottom: 12rem; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans); }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.15; text-wrap: balance; margin: 0 0 .6em; }
h1 { font-size: clamp(2rem, 1.5rem + 2.4vw, 3.25rem); letter-spacing: -.015em; }
h2 { font-size: 1.35rem; }
p { margin: 0 0 1em; max-width: 62ch; text-wrap: pretty; }
a { color: inherit; text-underline-offset: .2em; }
code { font-size: .9em; }
svg { display: block; max-width: 100%; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
[hidden] { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 3; background: var(--raised); padding: .6rem 1rem; }
.bar, main, .foot { width: 100%; max-width: 70rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: 1rem; }
[data-brand=checkout] body { border-top: 4px solid var(--accent); }
.bar nav { display: flex; gap: clamp(.75rem, 3vw, 1.75rem); }
.bar nav a { text-decoration: none; padding-block: .5rem; }
.bar nav a:hover { text-decoration: underline; }
.logo { font: 600 1.35rem var(--serif); text-decoration: none; letter-spacing: -.01em; }
.logo span { color: var(--accent); }
.count { display: inline-block; min-width: 1.6em; padding: .05em .45em; border-radius: 1em; background: var(--accent); color: var(--on-accent); font-size: .8rem; text-align: center; font-variant-numeric: tabular-nums; }
main { flex: 1; padding-block: clamp(1rem, 4vw, 2.5rem) 4rem; }
.kicker { margin: 0 0 .5rem; color: var(--accent); font-weight: 600; font-size: .9rem; }
.lead { font-size: 1.15rem; color: var(--soft); }
.small { font-size: .875rem; color: var(--soft); margin: .25rem 0 0; }
.hero { display: grid; gap: clamp(1.5rem, 4vw, 3.5rem); align-items: center; margin-bottom: clamp(2.5rem, 6vw, 4.5rem); }
.hero-art { width: 100%; border-radius: 1rem; }
.intro { margin-bottom: 2rem; }
.grid { list-style: none; margin: 0; padding: 0; display: grid; gap: 2rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.card { display: grid; gap: .25rem; text-decoration: none; }
.card:hover .card-name { text-decoration: underline; }
.card-name { font: 600 1.15rem var(--serif); margin-top: .5rem; }
.card-line { color: var(--soft); font-size: .95rem; }
.panel { display: block; background: var(--panel); border-radius: .75rem; padding: clamp(.75rem, 3vw, 2rem); transition: background .2s; }
.card:hover .panel { background: color-mix(in oklab, var(--panel), var(--warm) 14%); }
.price { font-weight: 600; font-variant-numeric: tabular-nums; margin: 0; }
.price s { color: var(--soft); font-weight: 400; margin-left: .4em; }
.product { display: grid; gap: clamp(1.5rem, 4vw, 3.5rem); align-items: start; }
.product .price { font-size: 1.3rem; margin-bottom: 1rem; }
.product form { margin-top: 1.75rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .35rem; }
input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--soft); border-radius: .5rem; padding: .6rem .75rem; min-height: 2.75rem; width: 100%; }
input[type=number] { width: 5.5rem; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.button, .choices button { font: 600 1rem var(--sans); cursor: pointer; display: inline-flex; justify-content: center; align-items: center; min-height: 2.75rem; padding: .6rem 1.35rem; border-radius: .5rem; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); text-decoration: none; text-align: center; }
.button:hover, .choices button:hover { background: color-mix(in oklab, var(--accent), var(--ink) 18%); }
.button.quiet { background: transparent; color: var(--accent); }
.button.quiet:hover { background: color-mix(in oklab, transparent, var(--accent) 10%); }
.button.wide { display: flex; width: 100%; margin-top: 1rem; padding-inline: .5rem; }
.text-button { font: inherit; color: inherit; background: none; border: 0; padding: .5rem 0; cursor: pointer; text-decoration: underline; text-underline-offset: .2em; }
.columns { display: grid; gap: 2rem; align-items: start; }
.box { background: var(--raised); border: 1px solid var(--line); border-radius: .75rem; padding: clamp(1.1rem, 4vw, 1.75rem); }
.box.narrow { max-width: 38rem; }
.box h2:not(:first-child) { margin-top: 1.75rem; }
.problem { border-left: 4px solid light-dark(#b3261e, #ff8a80); padding-left: .75rem; }
.lines, .short-lines { list-style: none; margin: 0; padding: 0; }
.line { display: grid; grid-template-columns: 4.5rem 1fr auto; gap: .75rem; padding-block: 1.25rem; border-top: 1px solid var(--line); }
.line:last-child { border-bottom: 1px solid var(--line); }
.line .panel { padding: .5rem; align-self: start; }
.line .row { gap: .35rem .6rem; }
.line div > .row { margin-top: .5rem; }
.line form.row { margin-top: 0; }
.line form { display: flex; }
.line input[type=number] { width: 4.5rem; }
.line .button { padding-inline: .85rem; }
.amount { font-weight: 600; font-variant-numeric: tabular-nums; }
.short-lines li, .sums div { display: flex; justify-content: space-between; gap: 1rem; padding-block: .3rem; font-variant-numeric: tabular-nums; }
.sums { margin: 0; }
.short-lines + .sums { border-top: 1px solid var(--line); margin-top: .75rem; padding-top: .75rem; }
.sums dd { margin: 0; }
.sums .total { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .75rem; font-weight: 600; font-size: 1.1rem; }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-bottom: 2rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: .6rem 0; text-decoration: none; border-bottom: 3px solid transparent; margin-bottom: -1px; }
.tabs a[aria-current] { border-color: var(--accent); font-weight: 600; }
.log { margin: 0; padding-left: 1.5rem; font-variant-numeric: tabular-nums; }
.log:empty::after { content: "Nothing yet"; color: var(--soft); margin-left: -1.5rem; }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .95rem; }
.foot { display: grid; gap: 1.5rem; padding-block: 2rem; }
.foot h2 { font-size: 1.05rem; color: var(--ink); }
.foot ul { list-style: none; margin: 0; padding: 0; columns: 15rem 2; }
.foot li { padding-block: .2rem; break-inside: avoid; }
.consent { position: fixed; inset: auto 0 0; z-index: 2; background: var(--raised); border-top: 1px solid var(--line); box-shadow: 0 -8px 32px rgb(0 0 0 / .14); padding: 1.1rem clamp(1rem, 4vw, 2rem) 1.25rem; display: grid; gap: .75rem 2rem; max-height: 90vh; overflow: auto; }
.consent h2 { font-size: 1.15rem; margin-bottom: .3rem; outline: none; }
.consent p { margin: 0; font-size: .95rem; color: var(--soft); }
.choices { display: grid; gap: .5rem; }
body:has(.consent:not([hidden])) footer { padding-bottom: 16rem; }
.art { width: 100%; }
.art .fill { fill: var(--accent); }
.art .band { fill: color-mix(in oklab, var(--accent), var(--panel) 45%); }
.art .stroke, .art .steam { fill: none; stroke: var(--ink); stroke-width: 5; stroke-linecap: round; stroke-linejoin: round; }
.art .steam { stroke: var(--soft); stroke-width: 3; opacity: .6; }
.art .dot { fill: var(--ink); }
.art .light { fill: var(--warm); opacity: .28; }
.art .warm { fill: var(--warm); }
.art .glass { fill: light-dark(#ffffff, #3a4149); opacity: .8; }
.hero-art .sky { fill: light-dark(#dfe6e4, #1b242b); }
.hero-art .sea { fill: light-dark(#b7cbc8, #16313a); }
.hero-art .glow { fill: var(--warm); opacity: .16; }
.hero-art .ray { fill: var(--warm); opacity: .5; }
.hero-art .lamp { fill: var(--warm); }
.hero-art .wave { fill: none; stroke: light-dark(#8fada9, #2f5661); stroke-width: 4; stroke-linecap: round; }
.hero-art .rock { fill: light-dark(#4b4a45, #0e1417); }
.hero-art .tower { fill: light-dark(#fdfbf7, #d9d3c8); }
.hero-art .band { fill: light-dark(#17564a, #2d7a68); }
@media (min-width: 44rem) {
  .hero, .product { grid-template-columns: 1fr 1fr; }
  .columns { grid-template-columns: minmax(0, 1fr) 21rem; }
  .line { grid-template-columns: 6rem 1fr auto; gap: 1.25rem; }
  .foot { grid-template-columns: 1fr 2fr; }
  .consent { grid-template-columns: 1fr auto; align-items: center; }
  .choices { grid-auto-flow: column; grid-auto-columns: 1fr; }
  body:has(.consent:not([hidden])) footer { padding-bottom: 8rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
