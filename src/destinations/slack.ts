import { z } from 'zod';
import { defineDestination, type Outcome, type Payload } from '../contract/destination.ts';
import { type Secret, secretSchema } from '../model/secret.ts';
import { all, judgeReply, type Reply, statusWith } from './shared/answer.ts';
import { cannotBuild, cut, onlyOne, payloadOf } from './shared/payload.ts';
import { allowPrivateSchema, endpointSchema, isProtected } from './shared/settings.ts';
import { fillText, textTemplateSchema } from './shared/template.ts';

const maxBytes = 65_536;
const maxCharacters = 4000;
const timeoutMs = 10_000;

const settings = z
  .strictObject({
    url: secretSchema(
      'The address of the incoming webhook, which is its only credential. Example: `https://hooks.slack.com/services/T000/B000/XXXX`. No default.',
    ).refine((url) => endpointSchema.safeParse(url.reveal()).success, {
      error: 'must be an address without user, password or fragment',
    }),
    text: textTemplateSchema.describe(
      "The message in Slack's mrkdwn, with fields of the event as `{{path}}`; a field that is not there is empty. Example: `New order {{commerce.transactionId}} of {{commerce.value}} {{commerce.currency}}`. No default.",
    ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ url, allowPrivate }) => isProtected({ url: url.reveal(), allowPrivate }), {
    path: ['url'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** A message in a Slack channel for each event. */
export const destination = defineDestination({
  name: 'slack',
  title: 'Slack (incoming webhook)',
  description:
    'Posts one message to a Slack channel for each event that a rule sends here, through an incoming webhook. The message is a template over the permitted event; values are escaped, so that none can mention people or smuggle in a link, and links are not unfolded. Slack takes about one message a second and says when to come back. It has no deduplication: a message whose answer was lost is posted again. A revoked webhook or an archived channel pauses the destination until somebody puts that right. Who reads the channel decides what consent it needs, so `needs` has to be declared. Uncertain (2026-11-23): the texts of some errors.',
  settings,
  needs: 'declared',
  batch: { maxEvents: 1, maxBytes },

  build({ event }, { text }) {
    const message = fillText(text, event, escaped);
    if (message.trim() === '')
      return cannotBuild('the message is empty: the event has none of the fields that it names');
    return payloadOf(
      event,
      { text: cut(message, maxCharacters), unfurl_links: false, unfurl_media: false },
      maxBytes,
    );
  },

  request(payloads, { url, allowPrivate }) {
    return {
      kind: 'http',
      method: 'POST',
      url: url.reveal(),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(onlyOne(payloads).body),
      secrets: secretsOf(url),
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) => judgeReply(answer, sent, (reply) => read(reply, sent)),
});

/** Incoming webhooks say `ok`, or one word of what is wrong. Slack, "Sending messages using incoming webhooks", 2026-11-23. */
function read({ status, text }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  const message = statusWith(status, text, sent);
  if (status < 300) return text.trim() === 'ok' ? undefined : all(sent, { kind: 'rejected', message });
  // The webhook was revoked, or its channel is gone or archived: no message will pass until a person acts.
  if (status === 403 || status === 404 || status === 410) return all(sent, { kind: 'unauthorised', message });
  return status === 400 || status === 413 ? all(sent, { kind: 'rejected', message }) : undefined;
}

/** Slack reads `<…>` as a link or a mention and `&` as the start of an entity; a value must be none of them. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The address and its path: either posts messages. */
function secretsOf(url: Secret): readonly string[] {
  const { pathname } = new URL(url.reveal());
  return pathname.length > 8 ? [url.reveal(), pathname] : [url.reveal()];
}
