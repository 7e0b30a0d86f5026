import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText, mayHoldContact } from '../../src/contract/contact-text.ts';
import { maskAddress } from '../../src/contract/mask-address.ts';

describe('contact data in free text', () => {
  it.each([
    ['write to jane.doe@example.com now', 'write to redacted now'],
    ['call +49 30 901820-11', 'call redacted'],
    ['(415) 555-2671', 'redacted'],
    ['card 4111 1111 1111 1111 please', 'card redacted please'],
    ['jane%40example.com', 'redacted'],
    ['jane%2540example.com', 'redacted'],
  ])('%s becomes %s', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it.each([
    'logo@2x.png',
    'order 20261124-000123',
    '1795473554872',
    '4111 1111 1111 1112',
    'GA1.1.1234567890.1700000000',
    'Brass desk lamp, 60 x 40 cm',
  ])('%s stays the very same', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it('is looked for only where it could be, and masking twice is masking once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab@.+%4025 -19') }), (text) => {
        const masked = maskText(text);
        expect(maskText(masked)).toBe(masked);
        if (!mayHoldContact(text)) expect(masked).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('contact data in addresses', () => {
  it.each([
    ['https://shop.example/?q=jane.doe%40example.com', 'https://shop.example/'],
    [
      'https://shop.example/account/jane.doe@example.com/orders',
      'https://shop.example/account/redacted/orders',
    ],
    ['https://shop.example/?color=red&firstname=Jane', 'https://shop.example/?color=red'],
    ['https://shop.example/a?color=red#top', 'https://shop.example/a?color=red#top'],
  ])('%s becomes %s', (address, masked) => {
    expect(maskAddress(address)).toBe(masked);
    expect(maskAddress(masked)).toBe(masked);
  });
});
