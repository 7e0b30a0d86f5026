import { compileHosts } from './hosts.ts';
import type { Referrer } from './referrers.ts';

/**
 * Sign-in pages of hosts that are a source as well, by the beginning of their path, after a version such as `/v19.0`. Most
 * browsers tell another site the host alone, so this sees only those that tell the path. 2026-11-24.
 */
const pathsOf = compileHosts<readonly string[]>([
  ['facebook.com', ['/dialog/oauth', '/login']],
  ['github.com', ['/login', '/sessions']],
  ['gitlab.com', ['/oauth', '/users/sign_in']],
  ['linkedin.com', ['/oauth', '/uas/login']],
  ['twitter.com', ['/oauth', '/i/oauth2']],
  ['x.com', ['/oauth', '/i/oauth2']],
  ['discord.com', ['/oauth2', '/login']],
  ['slack.com', ['/oauth', '/openid']],
  ['instagram.com', ['/oauth']],
  ['amazon.*', ['/ap/oa', '/ap/signin']],
]);

/** True when a referrer is the sign-in page of a host that is otherwise a source, such as `github.com/login/oauth`. */
export function isSignInPage({ host, page }: Referrer): boolean {
  const paths = pathsOf(host);
  if (paths === undefined) return false;
  const path = page.replace(/^[a-z-]+:\/\/[^/]*(?:\/v\d{1,3}\.\d{1,2}(?=\/))?/, '');
  return paths.some(
    (start) => path === start || path.startsWith(`${start}/`) || path.startsWith(`${start}.`),
  );
}
