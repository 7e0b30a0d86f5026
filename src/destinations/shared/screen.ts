import type { Client } from '../../model/event.ts';

/** The screen's width and height in pixels; undefined where they are not known. */
export function screenOf({
  screen,
}: Client): { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(screen ?? '') ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
}
