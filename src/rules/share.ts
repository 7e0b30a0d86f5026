/**
 * A number from 0 up to 1 that is always the same for the same two texts, spread evenly: FNV-1a over both, finished
 * with murmur3's mixer, which FNV's last bytes need.
 */
export function shareOf(first: string, second: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < first.length; index++) {
    hash = Math.imul(hash ^ first.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ 0xffff, 0x01000193);
  for (let index = 0; index < second.length; index++) {
    hash = Math.imul(hash ^ second.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
