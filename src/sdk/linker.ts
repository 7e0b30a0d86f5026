/** Hands the visitor over to the site's other domains, on links, on forms and where a script asks for it. */
export interface Linker {
  /** What the link to this page handed over; the visible address is without it by now. */
  readonly arrived: string | undefined;
  /** The choice is another one: what was handed out before no longer counts. */
  forget(): void;
  /** The visitor may have become known, whom a hand-over that was asked for before does not name. */
  renew(): void;
  /** The address with a hand-over, where it is on one of the site's other domains; otherwise as given. */
  decorate(url: string): Promise<string>;
}

/** What the gateway answers: a token, and the hosts that it is for. */
interface Link {
  readonly token: string;
  readonly hosts: readonly string[];
  /** False: it carries the campaign only. */
  readonly isNamed: boolean;
}

/** A token is asked for when somebody is about to follow a link, and again once it is this old; it counts for two minutes. */
const maxTokenMs = 90_000;
/** A script that goes elsewhere waits for a token no longer than that. */
const maxWaitMs = 1000;

/**
 * `attribute`: the value of `data-link`: the parameter, where tokens are handed out, and the site's hosts, which the gateway
 * writes there; undefined: only what a script decorates hands over.
 */
export function createLinker(endpoint: string, attribute: string | undefined): Linker {
  const [parameter = '', path, ...hosts] = (attribute || 'tl').split(' ');
  const tokens = new RegExp(`([?&])(?:${parameter}=(1\\.[\\w-]{40,})(?:&|(?=#|$)))+`, 'g');
  /** The address without its tokens; every other byte stays. */
  const bare = (url: string): string =>
    url.replace(tokens, (found: string, before: string) => (found.endsWith('&') ? before : ''));
  const arrived = tokens.exec(location.href)?.[2];
  // A later view of a single-page application has lost the campaign that the first one came with.
  const landing = bare(location.href);
  if (arrived) history.replaceState(history.state, '', landing);
  const probe = document.createElement('a');
  let link: Link | undefined;
  let asked: Promise<void> | undefined;
  let askedMs = 0;
  const ask = (): Promise<void> => {
    if (asked && performance.now() - askedMs < maxTokenMs) return asked;
    askedMs = performance.now();
    const answered = fetch(`${new URL(path || 'link', endpoint)}?url=${encodeURIComponent(landing)}`, {
      credentials: 'include',
    })
      .then((answer) => answer.json())
      .then((answer) => {
        // Unless another one has been asked for meanwhile, or the choice is another one.
        if (asked === answered) link = answer;
      })
      .catch(() => undefined);
    asked = answered;
    return answered;
  };
  const leadsAway = (url: string): boolean => {
    probe.href = url;
    return probe.hostname !== location.hostname && (!hosts.length || hosts.includes(probe.hostname));
  };
  const tokenFor = (url: string): string | undefined => {
    probe.href = url;
    // Who came over https is not named in the open; `https:` sorts after `http:`.
    return probe.protocol >= location.protocol && link?.hosts?.includes(probe.hostname)
      ? link.token
      : undefined;
  };
  const decorated = (url: string): string => {
    const token = tokenFor(url);
    if (!token) return url;
    const [page = '', ...hash] = bare(url).split('#');
    return [`${page}${page.includes('?') ? '&' : '?'}${parameter}=${token}`, ...hash].join('#');
  };
  watchLinks({
    approach(url) {
      if (attribute !== undefined && leadsAway(url)) void ask();
    },
    decorated,
    parameter,
    tokenFor,
  });
  return {
    arrived,
    forget() {
      link = asked = undefined;
    },
    renew() {
      if (!asked || link?.isNamed) return;
      asked = undefined;
      void ask();
    },
    async decorate(url) {
      if (!leadsAway(url)) return url;
      await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, maxWaitMs))]);
      return decorated(url);
    },
  };
}

interface Links {
  /** Somebody comes near a link or form to this address. */
  approach(url: string): void;
  /** The address with a token, where it is to have one. */
  decorated(url: string): string;
  readonly parameter: string;
  /** The token that a form to this address carries in a field; undefined: none. */
  tokenFor(url: string): string | undefined;
}

/**
 * Tells of links and forms that somebody comes near, and decorates the one that is followed, no longer than that takes: what
 * is copied from the page hands nobody over.
 */
function watchLinks({ approach, decorated, parameter, tokenFor }: Links): void {
  const listen = (names: string, selector: string, act: (place: Element, event: Event) => void): void => {
    const heard = (event: Event): void => {
      const place = event
        .composedPath()
        .find((node): node is Element => node instanceof Element && node.matches(selector));
      if (place) act(place, event);
    };
    for (const name of names.split(' ')) addEventListener(name, heard, true);
  };
  const dress = (place: Element): void => {
    const url = addressOf(place);
    const dressed = decorated(url);
    if (dressed === url) return;
    const attribute = attributeOf(place);
    place.setAttribute(attribute, dressed);
    setTimeout(() => {
      // Unless the page has changed it meanwhile.
      if (addressOf(place) === dressed) place.setAttribute(attribute, url);
    });
  };
  listen('pointerover touchstart focusin', 'a,area,form,[formaction]', (place) => approach(addressOf(place)));
  listen('click auxclick', 'a,area', dress);
  listen('submit', 'form', (form, event) => {
    const button = 'submitter' in event && event.submitter instanceof Element ? event.submitter : form;
    const place = button.matches('[formaction]') ? button : form;
    const method = button.getAttribute('formmethod') || form.getAttribute('method');
    if (/^post$/i.test(`${method}`)) dress(place);
    else addField(form, parameter, tokenFor(addressOf(place)));
  });
}

function attributeOf(place: Element): string {
  return ['formaction', 'action'].find((name) => place.hasAttribute(name)) || 'href';
}

function addressOf(place: Element): string {
  return place.getAttribute(attributeOf(place)) || '';
}

/** A form that is sent with GET replaces its address's query by its fields. */
function addField(form: Element, name: string, value: string | undefined): void {
  if (!value) return;
  const field = document.createElement('input');
  Object.assign(field, { type: 'hidden', name, value });
  form.append(field);
  setTimeout(() => field.remove());
}
