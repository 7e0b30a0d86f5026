import { registerHooks } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Imported first on every thread, for memory at rest (docs/decisions/0005).
 *
 * While modules load, V8's young generation stays small: what it grows to then is never given back. `loadedLean` sets
 * that back before traffic comes. And zod brings its messages in some sixty languages, of which one is read: 2 MB and
 * 30 ms a thread.
 */
setFlagsFromString('--semi-space-growth-factor=1');

registerHooks({
  load: (url, context, next) =>
    url.endsWith('/zod/v4/locales/index.js')
      ? { format: 'module', source: 'export {}', shortCircuit: true }
      : next(url, context),
});

/** Under load a large young generation is worth its memory. */
export function loadedLean(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}

/** When a thread gives back: by then the gateway has started, which nothing shall hold up. */
const startedMs = 300;

/** Has this thread give back, once it has started, what loading has left behind. */
export function giveBackSoon(): void {
  setTimeout(giveBack, startedMs).unref();
}

/** 4 to 5 MB a thread, in some 40 ms. V8 would keep it until the heap has doubled, which an idle gateway's never does. */
function giveBack(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
