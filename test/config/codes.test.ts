import { describe, expect, it } from 'vitest';
import { codes, listCodes } from '../../src/config/codes.ts';

describe('the list of error codes', () => {
  it('gives every code a number of its own', () => {
    const ids = Object.values(codes).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^TL[1-4]\d{3}$/);
  });

  it('is listed in the order of the numbers', () => {
    const ids = listCodes().map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toHaveLength(Object.keys(codes).length);
  });

  it('says for every code what it means and what to do', () => {
    for (const { title, meaning, fix } of listCodes()) {
      expect(title).not.toMatch(/\.$/);
      expect(meaning).toMatch(/\.$/);
      expect(fix).toMatch(/\.$/);
    }
  });
});
