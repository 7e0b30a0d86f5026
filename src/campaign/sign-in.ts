/** A redirect to a sign-in, recognised by what its address asks for, whatever the host. */
export interface SignIn {
  /** The path of the site that it comes back to; absent: the address does not say. */
  readonly back?: string;
}

/**
 * Reads a sign-in request: OAuth 2.0 and OpenID Connect (RFC 6749 section 4.1.1), with pushed requests (RFC 9126), SAML's
 * redirect binding, WS-Federation, OpenID 2.0, CAS. Null: it is none, or it leads back to somebody else.
 */
export function signInOf({ searchParams }: URL, isOwnHost: (host: string) => boolean): SignIn | null {
  if (searchParams.has('SAMLRequest')) return {};
  if (searchParams.get('wa') === 'wsignin1.0') return backTo(searchParams.get('wreply'), isOwnHost) ?? {};
  if (searchParams.has('client_id')) {
    const redirectUri = searchParams.get('redirect_uri');
    if (redirectUri !== null) return backTo(redirectUri, isOwnHost);
    return searchParams.has('request_uri') || searchParams.has('request') ? {} : null;
  }
  if (searchParams.has('openid.return_to')) return backTo(searchParams.get('openid.return_to'), isOwnHost);
  return searchParams.has('service') ? backTo(searchParams.get('service'), isOwnHost) : null;
}

/** Longer paths are no callback, and the cookie has to hold it. */
const maxBackChars = 200;

function backTo(address: string | null, isOwnHost: (host: string) => boolean): SignIn | null {
  const url = address === null ? null : URL.parse(address);
  if (url === null || !isOwnHost(url.hostname)) return null;
  const { pathname } = url;
  return pathname.length <= maxBackChars && !pathname.endsWith('*') ? { back: pathname } : {};
}
