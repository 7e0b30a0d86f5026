import type { OAuthGrant } from '../../contract/oauth.ts';
import type { Secret } from '../../model/secret.ts';

/** Settings of an OAuth client that acts for a person. */
export interface PersonalSignIn {
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly refreshToken?: Secret;
  readonly tokenUrl: string;
}

/** The grant, where all three parts of it are there. */
export function refreshGrant({
  clientId,
  clientSecret,
  refreshToken,
  tokenUrl,
}: PersonalSignIn): OAuthGrant | undefined {
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) return undefined;
  return { kind: 'refresh_token', tokenUrl, clientId, clientSecret, refreshToken };
}

/** True where there is either the other way to sign in, or all of a person's three parts, and not a part of both. */
export function hasOneSignIn(
  other: unknown,
  { clientId, clientSecret, refreshToken }: PersonalSignIn,
): boolean {
  const parts = [clientId, clientSecret, refreshToken].filter((part) => part !== undefined).length;
  return other === undefined ? parts === 3 : parts === 0;
}
