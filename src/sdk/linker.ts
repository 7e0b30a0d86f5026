/** Hands the visitor over to the site's other domains, on links, on forms and where a script asks for it. */
export interface Linker {
  /** What the link to this page handed over; the visible address is without it by now. */
  readonly arrived: string | undefined;
  /** The choice is another one, so that another hand-over is due. */
  forget(): void;
  /** The address with a hand-over, where it is on one of the site's other domains; otherwise as given. */
  decorate(url: string): Promise<string>;
}

/** What the gateway answers: a token, the parameter that carries it, and the hosts that it is for. */
interface Link {
  readonly token: string;
  readonly parameter: string;
  readonly hosts: readonly string[];
}

/** A token is asked for when somebody is about to follow a link, and again once it is this old; it counts for two minutes. */
const maxTokenMs = 90_000;

/** `address`: where the gateway hands out tokens. `attribute`: the value of `data-link`; undefined: it is not there. */
export function createLinker(address: string, attribute: string | undefined): Linker {
  const parameter = attribute || 'tl';
  const arrived = splitAddress(location.href, parameter);
  if (arrived.token) history.replaceState(history.state, '', joinAddress(arrived));
  // A later view of a single-page application has lost the campaign that the first one came with.
  const landing = location.href;
  let link: Link | undefined;
  let asked: Promise<void> | undefined;
  let askedMs = 0;
  const ask = (): Promise<void> => {
    if (asked && performance.now() - askedMs < maxTokenMs) return asked;
    askedMs = performance.now();
    asked = fetchLink(`${address}?url=${encodeURIComponent(landing)}`).then((answer) => {
      link = answer;
    });
    return asked;
  };
  const linkFor = (url: string): Link | undefined => {
    const { hostname, protocol } = new URL(url, document.baseURI);
    // Who came over https is not named in the open.
    const isSafe = protocol === 'https:' || protocol === location.protocol;
    return isSafe && link?.hosts?.includes(hostname) ? link : undefined;
  };
  watchLinks((url) => {
    const isMarked = attribute !== undefined || splitAddress(url, parameter).token;
    if (isMarked && new URL(url, document.baseURI).hostname !== location.hostname) void ask();
  }, linkFor);
  return {
    arrived: arrived.token,
    forget() {
      link = asked = undefined;
    },
    async decorate(url) {
      await ask();
      const found = linkFor(url);
      return found ? withLink(url, found) : url;
    },
  };
}

async function fetchLink(address: string): Promise<Link | undefined> {
  try {
    return await (await fetch(address, { credentials: 'include' })).json();
  } catch {
    return undefined;
  }
}

interface Address {
  readonly page: string;
  readonly query: string;
  readonly hash: string;
  readonly token?: string | undefined;
}

/** An address in its parts, and the token that was in its query; what is left is as it was. */
function splitAddress(url: string, parameter: string): Address {
  const [, page = '', query = '', hash = ''] = /^([^?#]*)\??([^#]*)(.*)/s.exec(url) || [];
  const form = new RegExp(`^${parameter}=(1\\.[\\w-]{40,})$`);
  const pairs = query.split('&');
  const token = pairs.map((pair) => form.exec(pair)?.[1]).find(Boolean);
  return { page, query: pairs.filter((pair) => !form.test(pair)).join('&'), hash, token };
}

function withLink(url: string, { parameter, token }: Link): string {
  const { query, ...rest } = splitAddress(url, parameter);
  return joinAddress({ ...rest, query: `${query && `${query}&`}${parameter}=${token}` });
}

function joinAddress({ page, query, hash }: Address): string {
  return page + (query && `?${query}`) + hash;
}

/**
 * Tells of links and forms that somebody comes near, and decorates the one that is followed, no longer than that takes: what
 * is copied from the page hands nobody over.
 */
function watchLinks(approach: (url: string) => void, linkFor: (url: string) => Link | undefined): void {
  const listen = (names: string, selector: string, act: (place: Element, url: string) => void): void => {
    const heard = (event: Event): void => {
      try {
        const place = event.composedPath().find((node) => node instanceof Element && node.matches(selector));
        if (place instanceof Element) act(place, place.getAttribute(attributeOf(place)) || '');
      } catch {
        // Not an address that a browser could follow either.
      }
    };
    for (const name of names.split(' ')) addEventListener(name, heard, { capture: true, passive: true });
  };
  const follow = (place: Element, url: string): void => {
    const link = linkFor(url);
    if (link) setTimeout(dress(place, url, link));
  };
  listen('pointerover touchstart focusin', 'a[href],area[href],form[action]', (_place, url) => approach(url));
  listen('click auxclick', 'a[href],area[href]', follow);
  listen('submit', 'form[action]', follow);
}

function attributeOf(place: Element): 'action' | 'href' {
  return place.matches('form') ? 'action' : 'href';
}

/** Returns what undoes it. A form that is sent with GET replaces its address's query by its fields. */
function dress(place: Element, url: string, link: Link): () => void {
  const attribute = attributeOf(place);
  if (attribute === 'action' && !/^post$/i.test(place.getAttribute('method') || '')) {
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = link.parameter;
    field.value = link.token;
    place.append(field);
    return () => field.remove();
  }
  place.setAttribute(attribute, withLink(url, link));
  return () => place.setAttribute(attribute, url);
}
