import type { Secret } from '../model/secret.ts';

interface Server {
  /** Where the grant is exchanged for an access token. */
  readonly tokenUrl: string;
}

/** What an OAuth2 access token is asked for with. Holds secrets only as `Secret`, so that it prints as `***`. */
export type OAuthGrant =
  /** On behalf of a person who agreed once (RFC 6749 section 6). */
  | (Server & {
      readonly kind: 'refresh_token';
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly refreshToken: Secret;
    })
  /** A signed statement of a service account (RFC 7523 section 2.1), RS256. */
  | (Server & {
      readonly kind: 'service_account';
      readonly email: string;
      /** PKCS #8, PEM. */
      readonly privateKey: Secret;
      /** The key's id at the server, so that it finds the public half. */
      readonly keyId?: string;
      readonly scope: string;
    });
