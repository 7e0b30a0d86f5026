import { tagState, tagTable } from './tag-table.ts';

/** Where a value stands in its tag, without quotes. An attribute without value: `from` and `to` are equal. */
export interface AttributeValue {
  readonly from: number;
  readonly to: number;
}

/**
 * The values of the wanted attributes of a whole tag (from after its name to after its `>`), in the order asked for. Of
 * an attribute that is there twice, the first counts (HTML Standard, section 13.2.5.33, 2026-11-24).
 */
export function readAttributes(
  tag: Buffer,
  span: { readonly from: number; readonly to: number },
  wanted: readonly string[],
): readonly (AttributeValue | undefined)[] {
  const found: (AttributeValue | undefined)[] = wanted.map(() => undefined);
  let state: number = tagState.tagName;
  let index = -1;
  let nameFrom = 0;
  let valueFrom = 0;
  for (let at = span.from; at < span.to; at += 1) {
    const next = tagTable[(state << 8) | (tag[at] ?? 0)] ?? 0;
    if (next === state) continue;
    if (state === tagState.name) {
      index = wantedIndex(tag, nameFrom, at, wanted);
      if (index >= 0 && found[index] !== undefined) index = -1;
      if (index >= 0) found[index] = { from: at, to: at };
    }
    if (next === tagState.name) nameFrom = at;
    else if (next === tagState.unquoted) valueFrom = at;
    else if (next === tagState.doubleQuoted || next === tagState.singleQuoted) valueFrom = at + 1;
    if (isValue(state) && index >= 0) {
      found[index] = { from: valueFrom, to: at };
      index = -1;
    }
    state = next;
  }
  return found;
}

function isValue(state: number): boolean {
  return state === tagState.doubleQuoted || state === tagState.singleQuoted || state === tagState.unquoted;
}

function wantedIndex(tag: Buffer, from: number, to: number, wanted: readonly string[]): number {
  for (const [index, name] of wanted.entries()) {
    if (name.length === to - from && isSameName(tag, from, name)) return index;
  }
  return -1;
}

/** Compares a name of lower-case letters and `-` with what stands there, whatever its case. */
function isSameName(tag: Buffer, from: number, name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const byte = tag[from + at] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(at)) return false;
  }
  return true;
}
