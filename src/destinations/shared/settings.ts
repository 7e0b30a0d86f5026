import { z } from 'zod';

/** Whether requests may go to private addresses and over plain HTTP. */
export const allowPrivateSchema = z
  .boolean()
  .default(false)
  .describe(
    'Allow private and loopback addresses and plain http, for development. Example: `true`. Default: `false`.',
  );

/** An address that requests are sent to: http or https, without user, password or fragment. */
export const endpointSchema = z.url({ protocol: /^https?$/ }).refine((url) => isPlain(url), {
  error: 'must not hold a user, password or fragment',
});

/** The address in front of a platform's own paths; its trailing slashes do not matter. */
export const hostSchema = endpointSchema
  .refine((url) => !url.includes('?'), { error: 'must not hold a query' })
  .transform((url) => url.replace(/\/{1,8}$/, ''));

/** Credentials and contact data travel over https; plain http is for development, where private hosts are allowed. */
export function isProtected(settings: { readonly url: string; readonly allowPrivate: boolean }): boolean {
  return settings.allowPrivate || URL.parse(settings.url)?.protocol === 'https:';
}

function isPlain(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.username === '' && parsed.password === '' && parsed.hash === '';
}
