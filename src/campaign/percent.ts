/** A text with its percent escapes undone. */
export interface Decoded {
  readonly text: string;
  /** An escape was broken, and stands as it was or as replacement characters. */
  readonly isBroken: boolean;
}

/** Percent-decoding that keeps what it cannot read: a broken escape must not cost the whole value. Never throws. */
export function decodePercent(text: string): Decoded {
  if (!text.includes('%')) return { text, isBroken: false };
  try {
    return { text: decodeURIComponent(text), isBroken: false };
  } catch {
    const form = `v=${text.replaceAll('+', '%2B').replaceAll('&', '%26')}`;
    return { text: new URLSearchParams(form).get('v') ?? text, isBroken: true };
  }
}
