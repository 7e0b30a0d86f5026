import { z } from 'zod';
import type { Answer, Outcome, Payload } from '../../contract/destination.ts';
import { judgeJson, type Reply, refusedWhole, words } from './reply.ts';

/**
 * What LinkedIn's answer to a batch means. 200 has a status for each element; 422 refuses the whole batch and lists the
 * bad ones in its text; 426 says that the version of the API has ended. RudderStack's LinkedIn code and LinkedIn's
 * Conversions API pages, 2026-11-23.
 */
export function judgeLinkedIn(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeJson(answer, sent, (reply, events) =>
    reply.status < 300 ? accepted(reply, events) : refused(reply, events),
  );
}

const elementsSchema = z.object({
  elements: z
    .array(
      z.object({
        status: z.int(),
        error: z
          .object({ message: z.string().optional().catch(undefined) })
          .optional()
          .catch(undefined),
      }),
    )
    .max(10_000),
});

const errorSchema = z.object({
  message: z.string().optional().catch(undefined),
  code: z
    .string()
    .regex(/^[A-Z_]{1,64}$/)
    .optional()
    .catch(undefined),
});

function accepted({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | Outcome {
  // An empty body: one conversion was created.
  if (json === undefined) return { kind: 'delivered', note: `HTTP ${status}` };
  const elements = elementsSchema.safeParse(json).data?.elements;
  if (elements?.length !== sent.length) {
    return { kind: 'retry', message: `HTTP ${status} without an element for each event` };
  }
  return elements.map((element): Outcome => {
    const message = `HTTP ${status}, element ${element.status}`;
    if (element.status >= 200 && element.status < 300) return { kind: 'delivered', note: message };
    const isPassing = element.status === 429 || element.status >= 500;
    return { kind: isPassing ? 'retry' : 'rejected', message: `${message}${words(element.error?.message)}` };
  });
}

function refused({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | Outcome {
  const { message: text, code } = errorSchema.safeParse(json).data ?? {};
  const facts = code === undefined ? `HTTP ${status}` : `HTTP ${status}, ${code}`;
  const message = `${facts}${words(text)}`;
  if (status === 426) {
    return {
      kind: 'unauthorised',
      message: `${message}; this version of the API has ended, set a newer one`,
    };
  }
  if (status === 401 || status === 403 || status === 404) return { kind: 'unauthorised', message };
  const named = status === 422 ? listedIn(text ?? '') : new Map<number, string>();
  if (![...named.keys()].some((at) => at < sent.length)) return refusedWhole(message, sent);
  return sent.map((_, at) => {
    const own = named.get(at);
    return own === undefined
      ? { kind: 'retry', message: `HTTP ${status}: another event of the request was refused` }
      : { kind: 'rejected', message: `${facts}${words(own)}` };
  });
}

const maxListChars = 60_000;

/** `Index: 0, ERROR :: /conversionHappenedAt :: too old`, one after the other. */
function listedIn(text: string): ReadonlyMap<number, string> {
  const named = new Map<number, string>();
  for (const part of text.slice(0, maxListChars).split('Index:').slice(1)) {
    const [, index, reason = ''] =
      /^\s{0,5}(\d{1,5})\s{0,5},\s{0,5}ERROR\s{0,5}::([\s\S]*)$/.exec(part) ?? [];
    if (index !== undefined) named.set(Number(index), reason.trim());
  }
  return named;
}
