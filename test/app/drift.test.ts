import { describe, expect, it } from 'vitest';
import { drifted } from '../../scripts/generate.ts';

describe('generated files', () => {
  it('are current; run `npm run generate` where this fails', () => {
    expect(drifted()).toEqual([]);
  });
});
