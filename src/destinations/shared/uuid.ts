import { hash as digest } from 'node:crypto';
import type { Json } from '../../model/json.ts';

/** The id itself where it is a UUID, else one made of it, always the same (RFC 9562 version 8). */
export function uuidOf(id: string): string {
  return uuid.test(id) ? id.toLowerCase() : format(digest('sha256', id, 'hex'), '8');
}

/** The value where it is a UUID. */
export function uuidIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' && uuid.test(value) ? value : undefined;
}

/** A UUID of a moment and a name, always the same (RFC 9562 version 7, its random bits made of the name). */
export function timeUuid(atMs: number, name: string): string {
  const time = Math.min(Math.max(0, Math.trunc(atMs)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return format(`${time}${digest('sha256', name, 'hex')}`, '7');
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function format(hex: string, version: '7' | '8'): string {
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `${version}${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
