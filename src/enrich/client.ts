import Bowser from 'bowser';
import { isbot, isbotMatch } from 'isbot';
import { LRUCache } from 'lru-cache';
import type { Client } from '../model/event.ts';
import type { Draft } from '../model/hit.ts';

/** What the user agent and the tracker tell of a client. Place and address come from the connection, not from here. */
export type ClientDescription = Omit<Client, 'country' | 'region' | 'ip'>;

/**
 * Describes the client of one event. A server-sent event is described by its draft alone, as the request's own headers
 * are the server's; any other by the request's headers. Never throws.
 */
export type ClientDescriber = (
  draft: Pick<Draft, 'sentBy' | 'userAgent' | 'screen' | 'language'>,
  headers: Readonly<Record<string, string>>,
) => ClientDescription;

/** Makes a describer that remembers the last `maxEntries` user agents: parsing one costs more than the rest of a hit. */
export function createClientDescriber({ maxEntries }: { readonly maxEntries: number }): ClientDescriber {
  const cache = new LRUCache<string, ClientDescription>({ max: maxEntries });
  return (draft, headers) => {
    const isServer = draft.sentBy === 'server';
    const language = readLanguage(draft.language ?? (isServer ? undefined : headers['accept-language']));
    const described = {
      ...(language !== undefined && { language }),
      ...(draft.screen !== undefined && /^\d{1,5}x\d{1,5}$/.test(draft.screen) && { screen: draft.screen }),
    };
    const agent = readAgent(isServer ? draft.userAgent : headers['user-agent'], isServer ? noHints : headers);
    if (agent.userAgent === '') return { ...described, ...(isServer ? notABot : noUserAgent) };
    const key = agentKey(agent);
    let known = cache.get(key);
    if (known === undefined) {
      known = describeAgent(agent);
      cache.set(key, known);
    }
    return { ...known, ...described };
  };
}

const noHints: Readonly<Record<string, string>> = {};
const notABot = { isBot: false } as const;
/** Every browser names itself. */
const noUserAgent = { isBot: true, botReason: 'no user agent' } as const;

/** Real user agents stay under 500 characters; what is longer is cut before anything is matched against it. */
const maxUserAgentLength = 1_000;
const maxHintLength = 500;

/** The user agent and the low-entropy client hints (User-Agent Client Hints, WICG), which browsers send unasked. */
interface Agent {
  readonly userAgent: string;
  readonly brands: string;
  readonly mobile: string;
  readonly platform: string;
}

function readAgent(userAgent: string | undefined, headers: Readonly<Record<string, string>>): Agent {
  return {
    userAgent: bounded(userAgent?.trim(), maxUserAgentLength),
    brands: bounded(headers['sec-ch-ua'], maxHintLength),
    mobile: bounded(headers['sec-ch-ua-mobile'], maxHintLength),
    platform: bounded(headers['sec-ch-ua-platform'], maxHintLength),
  };
}

function bounded(text: string | undefined, maxLength: number): string {
  return text === undefined ? '' : text.slice(0, maxLength);
}

function agentKey({ userAgent, brands, mobile, platform }: Agent): string {
  return `${userAgent}\n${brands}\n${mobile}\n${platform}`;
}

function describeAgent(agent: Agent): ClientDescription {
  const parsed = Bowser.parse(agent.userAgent, { brands: readBrands(agent.brands) });
  const major = parsed.browser.version?.split('.', 1)[0];
  const os = platforms.get(agent.platform) ?? parsed.os.name;
  const botReason = findBot(agent);
  return {
    userAgent: agent.userAgent,
    ...(parsed.browser.name && { browser: parsed.browser.name }),
    ...(major && { browserVersion: major }),
    ...(os && { os }),
    device: agent.mobile === '?1' ? 'mobile' : deviceOf(parsed.platform.type, os),
    isBot: botReason !== null,
    ...(botReason !== null && { botReason }),
  };
}

function findBot({ userAgent, brands }: Agent): string | null {
  if (isbot(userAgent)) return isbotMatch(userAgent) ?? 'isbot';
  // A headless browser under a borrowed user agent still names itself in the hints.
  return brands.includes('HeadlessChrome') ? 'HeadlessChrome' : null;
}

/** `Sec-CH-UA-Platform`, a quoted string, as the systems are named elsewhere. */
const platforms: ReadonlyMap<string, string> = new Map([
  ['"Android"', 'Android'],
  ['"Chrome OS"', 'Chrome OS'],
  ['"Chromium OS"', 'Chrome OS'],
  ['"iOS"', 'iOS'],
  ['"Linux"', 'Linux'],
  ['"macOS"', 'macOS'],
  ['"Windows"', 'Windows'],
]);

function deviceOf(type: string | undefined, os: string | undefined): NonNullable<Client['device']> {
  if (type === 'desktop' || type === 'mobile' || type === 'tablet' || type === 'tv') return type;
  return os === 'Chrome OS' ? 'desktop' : 'other';
}

/** `"Chromium";v="142", "Brave";v="142"`: a list of strings with a version (RFC 9651). What does not fit is left out. */
function readBrands(header: string): { brand: string; version: string }[] {
  const brands: { brand: string; version: string }[] = [];
  for (const [, brand = '', version = ''] of header.matchAll(/"((?:[^"\\]|\\.)*)";v="([^"\\]*)"/g)) {
    brands.push({ brand, version });
  }
  return brands;
}

/** The first tag of a language list, as given: `de-DE`. Undefined where it is none. */
function readLanguage(list: string | undefined): string | undefined {
  if (list === undefined) return undefined;
  const end = list.search(/[,;]/);
  const tag = (end < 0 ? list.slice(0, maxLanguageLength + 1) : list.slice(0, end)).trim();
  return tag.length <= maxLanguageLength && /^[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*$/.test(tag)
    ? tag
    : undefined;
}

/** RFC 5646 section 4.4.1: 35 characters hold every tag in use. */
const maxLanguageLength = 35;
