import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 300;

/** A signed request, as it came in. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** UTC milliseconds. */
  readonly nowMs: number;
}

/**
 * Checks a webhook by the Standard Webhooks specification 1.0.0 (2026-11-23): HMAC-SHA256 over `id.timestamp.body`, any
 * `v1` signature of the list will do, five minutes of tolerance. Returns what is wrong, or undefined when all is right.
 */
export function signatureProblem(request: SignedRequest, secret: string): string | undefined {
  const { headers, body, nowMs } = request;
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (id === '') return 'webhook-id is missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is missing or not in seconds';
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) {
    return `webhook-timestamp is more than ${toleranceSeconds} seconds away`;
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  if (!signatures.some((signature) => isSignature(signature, expected))) {
    return 'webhook-signature does not match';
  }
  return undefined;
}

function isSignature(signature: string, expected: Buffer): boolean {
  if (!signature.startsWith('v1,')) return false;
  const given = Buffer.from(signature.slice('v1,'.length), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
