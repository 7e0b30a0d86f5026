/** The hosts of the journeys. `other`: another domain of the same business. The last three belong to others. */
export const hosts = {
  shop: 'shop.localhost',
  www: 'www.shop.localhost',
  de: 'de.shop.localhost',
  app: 'app.localhost',
  other: 'outlet.localhost',
  login: 'login.localhost',
  pay: 'pay.localhost',
  short: 'go.localhost',
} as const;

/** One of the hosts by its short name. */
export type HostName = keyof typeof hosts;

/** Hosts that are not behind the gateway and have a port of their own. */
const foreign: ReadonlySet<HostName> = new Set<HostName>(['login', 'pay', 'short']);

/** Where the site can be reached; the gateway's ports where one stands in front. */
export interface Ports {
  /** Of the site itself, and always of the hosts of others. */
  readonly own: number;
  readonly http: number;
  readonly https: number;
}

/** The address of a page as a browser asks for it. */
export function addressOf(host: HostName, path: string, ports: Ports): string {
  return `http://${hosts[host]}:${foreign.has(host) ? ports.own : ports.http}${path}`;
}
