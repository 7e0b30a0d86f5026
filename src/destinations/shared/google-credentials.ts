import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import type { OAuthGrant } from '../../contract/oauth.ts';
import { Secret, secretSchema } from '../../model/secret.ts';
import { type PersonalSignIn, refreshGrant } from './refresh-token.ts';
import { endpointSchema } from './settings.ts';

const keyFileSchema = z.object({
  client_email: z.email(),
  private_key: z.string(),
  private_key_id: z
    .string()
    .regex(/^[\w-]{1,100}$/)
    .optional()
    .catch(undefined),
});

interface ServiceAccount {
  readonly email: string;
  readonly privateKey: Secret;
  readonly keyId: string | undefined;
}

/** The settings by which a Google destination signs in: one of two ways. */
export const googleCredentialFields = {
  serviceAccountKey: secretSchema(
    'The JSON key file of a service account that may use the account; or else the three settings that follow. Example: `{"type": "service_account", ...}`. Default: none.',
  )
    .transform((secret, context): ServiceAccount => {
      const account = readKeyFile(secret.reveal());
      if (account !== undefined) return account;
      context.addIssue('must be the JSON key file of a service account, with an RSA key');
      return z.NEVER;
    })
    .exactOptional(),
  clientId: z
    .string()
    .regex(/^[\w.-]{1,200}$/)
    .exactOptional()
    .describe(
      'The OAuth client of the Cloud project. Example: `1234567890-abc.apps.googleusercontent.com`. Default: none.',
    ),
  clientSecret: secretSchema(
    "The OAuth client's secret. Example: `GOCSPX-4fGh`. Default: none.",
  ).exactOptional(),
  refreshToken: secretSchema(
    'The refresh token of a person who may use the account. Example: `1//0gABC`. Default: none.',
  ).exactOptional(),
  tokenUrl: endpointSchema
    .default('https://oauth2.googleapis.com/token')
    .describe(
      'Where access tokens come from. Example: `https://oauth2.googleapis.com/token`. Default: `https://oauth2.googleapis.com/token`.',
    ),
};

interface Credentials extends PersonalSignIn {
  readonly serviceAccountKey?: ServiceAccount;
}

/** What to ask an access token of this scope with; undefined where neither sign-in is whole. */
export function googleGrant(credentials: Credentials, scope: string): OAuthGrant | undefined {
  const { serviceAccountKey: account, tokenUrl } = credentials;
  if (account === undefined) return refreshGrant(credentials);
  const { keyId, ...signer } = account;
  return { kind: 'service_account', tokenUrl, scope, ...signer, ...(keyId !== undefined && { keyId }) };
}

function readKeyFile(text: string): ServiceAccount | undefined {
  try {
    const file = keyFileSchema.parse(JSON.parse(text));
    if (createPrivateKey(file.private_key).asymmetricKeyType !== 'rsa') return undefined;
    return { email: file.client_email, privateKey: new Secret(file.private_key), keyId: file.private_key_id };
  } catch {
    return undefined;
  }
}
