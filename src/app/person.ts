import { hash } from '../contract/hash.ts';
import { destinations } from '../destinations/index.ts';
import type { Digests } from '../report/person.ts';
import type { Erased, Person } from '../store/ports.ts';
import { openStopped } from './erase.ts';
import type { Config } from './schema.ts';

export type { Erased, Person } from '../store/ports.ts';

/** An e-mail address as the platforms hash it; their rules differ (dots and tags of some hosts). */
export const emailDigests: Digests = (email) => [
  ...new Set([hash('google', 'email', email) ?? [], hash('meta', 'email', email) ?? []].flat()),
];

/** Why somebody could not be erased, in words. */
export interface EraseFailure {
  readonly failed: string;
}

/** Takes in what a stopped gateway has left in its log, so that it can be found; nothing where a gateway runs. */
export function takeInLog(dataFile: string, nowMs: number): void {
  openStopped(dataFile, nowMs)?.close();
}

/** Erases somebody: by the running gateway, through its admin port, or from the data file of a stopped one. */
export async function erasePerson(
  { admin, dataFile }: { readonly admin: Config['admin']; readonly dataFile: string },
  person: Person,
  nowMs: number,
): Promise<Erased | EraseFailure> {
  const stopped = openStopped(dataFile, nowMs);
  if (stopped === null) return eraseRunning(admin, person);
  try {
    return stopped.erase(person, nowMs);
  } finally {
    stopped.close();
  }
}

async function eraseRunning(admin: Config['admin'], person: Person): Promise<Erased | EraseFailure> {
  if (!admin.enabled) return { failed: 'the gateway runs without an admin port; stop it and try again' };
  const host = admin.host.includes(':') ? `[${admin.host}]` : admin.host;
  const url = `http://${host}:${admin.port}/api/privacy/erase`;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(admin.token !== undefined && { authorization: `Bearer ${admin.token.reveal()}` }),
      },
      body: JSON.stringify({ visitors: person.visitors, offsets: person.offsets }),
    });
    const body: unknown = await answer.json();
    return answer.ok && hasErased(body)
      ? body.erased
      : { failed: `the admin port at ${url} answered ${answer.status}` };
  } catch (error) {
    return { failed: `the admin port at ${url} cannot be reached: ${String(error)}` };
  }
}

function hasErased(body: unknown): body is { readonly erased: Erased } {
  return typeof body === 'object' && body !== null && 'erased' in body;
}

/** What a person has to do at one destination. */
export interface HandWork {
  readonly destination: string;
  readonly type: string;
  /** Events that it was given. */
  readonly events: number;
  readonly todo: string;
}

/** What cannot be done from here, for each destination that was given something. */
export function handWorkOf(config: Config, given: Readonly<Record<string, number>>): readonly HandWork[] {
  return Object.entries(given).map(([destination, events]) => {
    const type = config.destinations[destination]?.type ?? '';
    const known = destinations.find(({ name }) => name === type)?.erasure;
    const todo =
      known ?? 'It is not configured any more: ask whoever ran it to delete the events by their ids.';
    return { destination, type, events, todo };
  });
}
