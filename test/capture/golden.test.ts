import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { captureProtocols } from '../../src/capture/index.ts';
import type { CaptureProtocol, Decoded, Reply } from '../../src/contract/protocol.ts';
import type { Hit } from '../../src/model/hit.ts';
import { hitOf } from './hit.ts';

const caseSchema = z.strictObject({
  title: z.string(),
  hit: z.strictObject({
    method: z.string(),
    path: z.string(),
    query: z.string().default(''),
    headers: z.record(z.string(), z.string()),
    body: z.string().default(''),
    bodyBase64: z.string().exactOptional(),
  }),
  expect: z.strictObject({
    drafts: z.array(z.unknown()),
    rejects: z.array(z.unknown()),
    reply: z.strictObject({ status: z.int(), body: z.unknown().optional() }),
  }),
});

function casesOf(name: string) {
  const file = new URL(`../golden/capture/${name}.yaml`, import.meta.url);
  return z.array(caseSchema).parse(parse(readFileSync(file, 'utf8')));
}

/** As the edge replies: a hit of which nothing is left is refused for what was wrong first. */
function replyTo(protocol: CaptureProtocol, hit: Hit, { drafts, rejects }: Decoded): Reply {
  const [first] = rejects;
  if (drafts.length > 0 || first === undefined) return protocol.accepted(hit, drafts.length, rejects);
  return protocol.refused(hit, { refused: first.reason, message: `${first.at}: ${first.message}` });
}

/** JSON where the reply is JSON, text where it is text; a picture is not compared. */
function bodyOf({ headers, body }: Reply): unknown {
  if (typeof body !== 'string' || body === '') return undefined;
  return headers['content-type'] === 'application/json' ? JSON.parse(body) : body;
}

describe.each(captureProtocols)('$name', (protocol) => {
  const cases = casesOf(protocol.name);

  it.each(cases)('$title', ({ hit: { bodyBase64, ...given }, expect: expected }) => {
    const body = bodyBase64 === undefined ? given.body : Buffer.from(bodyBase64, 'base64');
    const hit = hitOf({ ...given, body });
    const { drafts, rejects } = protocol.decode(hit);
    expect({ drafts, rejects }).toEqual({ drafts: expected.drafts, rejects: expected.rejects });
    const reply = replyTo(protocol, hit, { drafts, rejects });
    expect({ status: reply.status, body: bodyOf(reply) }).toEqual({ body: undefined, ...expected.reply });
  });

  it('has a golden case of each kind: taken, malformed, not UTF-8', () => {
    expect(cases.some((one) => one.expect.drafts.length > 0 && one.expect.rejects.length === 0)).toBe(true);
    expect(cases.some((one) => one.expect.drafts.length === 0 && one.expect.rejects.length > 0)).toBe(true);
    expect(cases.some((one) => one.hit.bodyBase64 !== undefined)).toBe(true);
  });

  it('has a golden case for none but its own routes', () => {
    const routes = protocol.routes.map((route) => `${route.method} ${route.path}`);
    for (const { hit } of cases) expect(routes).toContain(`${hit.method} ${hit.path}`);
  });
});

describe('the registry', () => {
  it('is sorted by name, and no two protocols of it claim the same route', () => {
    const names = captureProtocols.map((protocol) => protocol.name);
    expect(names).toEqual(names.toSorted());
    const routes = captureProtocols.flatMap((protocol) =>
      protocol.routes.map((route) => `${protocol.name} ${route.method} ${route.path}`),
    );
    expect(new Set(routes).size).toBe(routes.length);
  });
});
