import { parseLogLine } from '../contract/storable.ts';
import type { Event } from '../model/event.ts';
import type { Batch } from '../store/ports.ts';

/**
 * Ends an event that waited in vain: of a visitor who never agreed to being measured only that something happened is kept,
 * when, and why it went nowhere. The page, its token, the campaign and the goods are gone from the store.
 */
export function forgetHeld(batch: Batch, offset: number): void {
  if (batch.isHeld(offset)) return;
  const line = batch.readLine(offset);
  if (line === undefined) return;
  const { event, decisions } = parseLogLine(line);
  if (event.visitor !== undefined) return;
  batch.rewriteLine(offset, JSON.stringify({ event: bare(event), decisions }));
  batch.rewriteAdditions(offset, {}, []);
}

function bare({ id, name, site, protocol, sentBy, ...event }: Event): Event {
  const { occurredAtMs, receivedAtMs, consent, client } = event;
  return {
    ...{ id, name, site, protocol, sentBy, occurredAtMs, receivedAtMs, consent },
    campaign: {},
    client: { isBot: client.isBot },
    properties: {},
  };
}
