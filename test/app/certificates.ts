import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateText {
  readonly subject: string;
  /** DNS names; an authority has none. */
  readonly names: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

/** Issues an X.509 certificate (RFC 5280), signed by an authority or by itself, because Node can only read them. */
export function issueCertificate(
  text: CertificateText,
  authority?: Certificate & { subject: string },
): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(authority?.subject ?? text.subject),
    sequence(time(text.from), time(text.to)),
    nameOf(text.subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    explicit(3, sequence(...extensionsOf(text.names))),
  );
  const signer: KeyObject = authority === undefined ? privateKey : createPrivateKey(authority.key);
  const signature = sign('sha256', body, signer);
  const whole = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function extensionsOf(names: readonly string[]): readonly Buffer[] {
  const isAuthority = names.length === 0;
  const constraints = sequence(...(isAuthority ? [tagged(0x01, Buffer.from([0xff]))] : []));
  if (isAuthority) return [extension('551d13', constraints)];
  const alternatives = sequence(...names.map((name) => tagged(0x82, Buffer.from(name, 'latin1'))));
  return [extension('551d13', constraints), extension('551d11', alternatives)];
}

function extension(oid: string, content: Buffer): Buffer {
  return sequence(tagged(0x06, Buffer.from(oid, 'hex')), tagged(0x04, content));
}

function nameOf(text: string): Buffer {
  const pair = sequence(tagged(0x06, Buffer.from('550403', 'hex')), tagged(0x0c, Buffer.from(text, 'utf8')));
  return sequence(tagged(0x31, pair));
}

/** GeneralizedTime from 2050 on, UTCTime before (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  const isLate = date.getUTCFullYear() >= 2050;
  return tagged(isLate ? 0x18 : 0x17, Buffer.from(isLate ? digits : digits.slice(2), 'latin1'));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function explicit(number: number, content: Buffer): Buffer {
  return tagged(0xa0 + number, content);
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
