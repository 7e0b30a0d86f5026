import { hash } from 'node:crypto';

/** An id of what an event is known by: 22 characters, the same for the same parts. */
export function digest(parts: readonly (string | number | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}
