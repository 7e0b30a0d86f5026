import { type AddressPolicy, type Detour, openTraceNetwork, type Trace, traceUrl } from './trace.ts';
import { type NoChromium, openTraceChromium } from './trace-chromium.ts';
import { type ConsentChoice, consentCookies } from './trace-consent.ts';

/** What a walk passes for. */
export type Device = 'desktop' | 'mobile';

/** How addresses are walked. */
export interface WalkerOptions {
  /** `http`: request by request. `chromium`: in a real browser, where scripts count too. */
  readonly engine: 'http' | 'chromium';
  readonly policy: AddressPolicy;
  readonly detour?: Detour;
  readonly device: Device;
  readonly consent?: ConsentChoice;
  /** Request headers of one's own, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** CSS selectors to click in turn; in Chromium only. */
  readonly clicks: readonly string[];
  /** How long a page must have stood still; in Chromium only. */
  readonly restMs: number;
  readonly maxHops: number;
  /** For one hop; the whole walk gets three times as long, and Chromium the rests as well. */
  readonly hopTimeoutMs: number;
  readonly nowMs: () => number;
}

/** Walks one address after another, or several at once. */
export interface Walker {
  /** Never rejects. */
  walk(url: URL): Promise<Trace>;
  close(): Promise<void>;
}

/** As Chrome names itself: the version's first number, no device names (Chrome's user agent reduction, 2026-11-23). */
const userAgents: Readonly<Record<Device, string>> = {
  desktop:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
  mobile:
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Mobile Safari/537.36',
};

/** Opens what is needed to walk; the problem in words where Chromium is asked for and cannot be had. */
export async function openWalker(options: WalkerOptions): Promise<Walker | NoChromium> {
  const { engine, policy, detour, device, consent, headers, maxHops, hopTimeoutMs, nowMs } = options;
  const shared = {
    userAgent: userAgents[device],
    cookies: consent === undefined ? [] : consentCookies(consent, nowMs()),
    ...{ headers, maxHops, hopTimeoutMs },
  };
  if (engine === 'chromium') {
    const { restMs, clicks } = options;
    const totalTimeoutMs = 3 * hopTimeoutMs + (clicks.length + 1) * restMs;
    return openTraceChromium({
      ...shared,
      ...{ policy, device, restMs, clicks, totalTimeoutMs, nowMs },
      ...(detour && { detour }),
    });
  }
  const network = openTraceNetwork(policy, detour);
  return {
    walk: (url) =>
      traceUrl(url, { options: { ...shared, totalTimeoutMs: 3 * hopTimeoutMs }, network, nowMs }),
    close: () => network.close(),
  };
}
