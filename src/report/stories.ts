import type { EventStory, Reader } from '../store/ports.ts';

const pageSize = 500;

/** Every event received at a time or later, oldest first; reads the store page by page. */
export function* storiesSince(reader: Reader, sinceMs: number): Generator<EventStory> {
  let offset = offsetBefore(reader, sinceMs);
  for (;;) {
    const stories = reader.since(offset, pageSize);
    if (stories.length === 0) return;
    for (const story of stories) {
      offset = story.offset;
      if (receivedAtMs(story) >= sinceMs) yield story;
    }
  }
}

/** When the event reached the gateway, UTC milliseconds; 0 where the log does not say. */
export function receivedAtMs({ event }: EventStory): number {
  return typeof event.receivedAtMs === 'number' ? event.receivedAtMs : 0;
}

/**
 * An offset before the first event of the time: offsets grow with the time of receipt, so halving finds it. A little
 * earlier than found, because events that come together are not logged in order.
 */
function offsetBefore(reader: Reader, sinceMs: number): number {
  let [low, high] = [0, reader.lastOffset()];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [story] = reader.since(middle, 1);
    if (story === undefined || receivedAtMs(story) >= sinceMs) high = middle;
    else low = story.offset;
  }
  return Math.max(0, low - pageSize);
}
