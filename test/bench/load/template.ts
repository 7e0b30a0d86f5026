/** Where an id of 22 characters, a visitor's key of 22 characters, or a time of 13 digits belongs in a request. */
export const marks = {
  eventId: '@event-id-goes-in-here',
  visitor: '@visitor-key-goes-here',
  timeMs: '@now-as-ms-13',
} as const;

/** One request as bytes, with the places that differ from one sending to the next. Plain data: it crosses threads. */
export interface Template {
  readonly bytes: Uint8Array;
  readonly eventIdAt: readonly number[];
  readonly visitorAt: readonly number[];
  readonly timeAt: readonly number[];
}

/** Makes a template of a request's text; every mark in it becomes a place to write to. */
export function compileTemplate(request: string): Template {
  return {
    bytes: Buffer.from(request, 'latin1'),
    eventIdAt: placesOf(request, marks.eventId),
    visitorAt: placesOf(request, marks.visitor),
    timeAt: placesOf(request, marks.timeMs),
  };
}

function placesOf(request: string, mark: string): readonly number[] {
  const places: number[] = [];
  for (let at = request.indexOf(mark); at !== -1; at = request.indexOf(mark, at + mark.length))
    places.push(at);
  return places;
}

/** Makes a fresh request in place: no allocation of the request's size for each sending. */
export function fillTemplate(buffer: Buffer, template: Template, visitorKey: string): void {
  for (const at of template.visitorAt) buffer.write(visitorKey, at, 'latin1');
  for (const at of template.eventIdAt) writeRandomId(buffer, at);
  if (template.timeAt.length === 0) return;
  const now = String(Date.now());
  for (const at of template.timeAt) buffer.write(now, at, 'latin1');
}

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** Random, not counting up: indexes must not profit from ids that arrive in order. */
function writeRandomId(buffer: Buffer, at: number): void {
  for (let place = 0; place < marks.eventId.length; place += 1) {
    buffer[at + place] = alphabet[Math.floor(Math.random() * 64)] ?? 0;
  }
}
