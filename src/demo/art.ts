import { html, type Markup } from './html.ts';

/** The picture of a product; decorative, its name stands beside it. */
export function productArt(productId: string): Markup {
  return html`<svg class="art" viewBox="0 0 200 150" aria-hidden="true" focusable="false">${drawings.get(productId)}</svg>`;
}

/** The hero's picture: one line of light from the lamp to the horizon. */
export const heroArt: Markup = html`<svg class="hero-art" viewBox="0 0 480 360" aria-hidden="true" focusable="false">
<rect class="sky" width="480" height="360"/>
<circle class="glow" cx="352" cy="116" r="96"/><circle class="glow" cx="352" cy="116" r="58"/>
<path class="sea" d="M0 236h480v124H0z"/>
<path class="ray" d="M352 116 0 172v38z"/>
<path class="wave" d="M24 262h96M168 262h40M60 292h60M236 284h72M20 326h44M120 330h140M320 318h60"/>
<path class="rock" d="M282 360c6-62 26-104 46-118h58c30 26 58 66 66 118z"/>
<path class="tower" d="M332 248l8-108h24l8 108z"/><path class="band" d="M336 202h32l-2-26h-28zM337 140h30v-6h-30z"/>
<path class="tower" d="M341 104h22v30h-22z"/><path class="band" d="M336 104h32l-16-20z"/><circle class="lamp" cx="352" cy="118" r="8"/>
</svg>`;

const drawings: ReadonlyMap<string, Markup> = new Map([
  [
    'tide-lamp',
    html`<path class="light" d="M116 54 76 128h92l-24-62z"/><path class="stroke" d="M60 128 84 78 66 40l56 12"/><path class="fill" d="M104 40l36 6 10 26-52-14z"/><rect class="fill" x="40" y="124" width="44" height="8" rx="4"/><circle class="dot" cx="84" cy="78" r="5"/><circle class="dot" cx="66" cy="40" r="5"/>`,
  ],
  [
    'harbour-lantern',
    html`<circle class="light" cx="100" cy="82" r="46"/><path class="stroke" d="M76 46a24 24 0 0 1 48 0"/><rect class="fill" x="72" y="44" width="56" height="12" rx="4"/><path class="glass" d="M78 56h44l6 52H72z"/><path class="warm" d="M100 68c10 12 12 18 12 24a12 12 0 0 1-24 0c0-6 2-12 12-24z"/><rect class="fill" x="66" y="108" width="68" height="20" rx="6"/><circle class="dot" cx="100" cy="118" r="4"/>`,
  ],
  [
    'fog-mug',
    html`<path class="steam" d="M84 36c-8-8 8-12 0-22M104 38c-8-8 8-14 0-26M124 36c-8-8 8-12 0-22"/><path class="stroke" d="M138 66h14a16 16 0 0 1 0 42h-18"/><path class="fill" d="M62 50h78l-4 70a12 12 0 0 1-12 12H78a12 12 0 0 1-12-12z"/><path class="band" d="M64 82h74l-1 16H65z"/>`,
  ],
  [
    'drift-blanket',
    html`<path class="fill" d="M36 96c0-14 10-20 24-20h92c12 0 16 8 16 18v26H36z"/><path class="band" d="M52 76c2-14 12-20 26-20h76c10 0 16 6 16 14l-2 24c0-12-6-18-16-18z"/><path class="stroke" d="M36 108h132M44 132v-10M60 132v-10M76 132v-10M92 132v-10M108 132v-10M124 132v-10M140 132v-10M156 132v-10"/>`,
  ],
  [
    'ember-candle',
    html`<circle class="light" cx="100" cy="46" r="34"/><path class="warm" d="M100 22c11 14 13 20 13 27a13 13 0 0 1-26 0c0-7 2-13 13-27z"/><path class="stroke" d="M100 62v12"/><path class="glass" d="M68 62h64l-4 70H72z"/><path class="fill" d="M70 82h60l-2 50H72z"/>`,
  ],
  [
    'log-notebook',
    html`<rect class="fill" x="58" y="24" width="92" height="108" rx="6"/><rect class="band" x="58" y="24" width="16" height="108" rx="4"/><rect class="glass" x="88" y="44" width="46" height="26" rx="3"/><path class="stroke" d="M96 54h30M96 61h18"/><path class="warm" d="M128 116h10v30l-5-6-5 6z"/>`,
  ],
]);
