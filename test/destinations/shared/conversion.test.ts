import { describe, expect, it } from 'vitest';
import { pseudonymOf } from '../../../src/destinations/shared/conversion.ts';
import { decimalText } from '../../../src/destinations/shared/money.ts';
import { redditUser } from '../../../src/destinations/shared/reddit-user.ts';
import { snapProcessing } from '../../../src/destinations/shared/snapchat-user.ts';
import { goldenOf } from '../golden.ts';

const purchase = goldenOf('reddit').cases.flatMap((one) => ('event' in one ? [one.event] : []))[0];
if (purchase === undefined) throw new Error('the golden file has no event');

describe('a visitor who opted out where the flag for restricted processing holds', () => {
  it('is sent to Snap under Limited Data Use in California', () => {
    expect(snapProcessing({ isRestricted: true })).toEqual({
      data_processing_options: ['LDU'],
      data_processing_options_country: 1,
      data_processing_options_state: 1000,
    });
    expect(snapProcessing({ isRestricted: false })).toEqual({});
  });

  it('is sent to Reddit under Limited Data Use in California', () => {
    const user = redditUser({ event: purchase, isRestricted: true });
    expect(user['data_processing_options']).toEqual({ modes: ['LDU'], country: 'US', region: 'US-CA' });
    expect(redditUser({ event: purchase, isRestricted: false })).not.toHaveProperty(
      'data_processing_options',
    );
  });
});

describe('an amount of money as text', () => {
  it.each([
    [42.5, '42.50'],
    [17, '17.00'],
    [0, '0.00'],
    [-3, '-3.00'],
    [1234.567, '1234.567'],
    [0.1 + 0.2, '0.30'],
    [1e12, undefined],
    [Number.NaN, undefined],
    [undefined, undefined],
  ])('%j is %j', (amount, text) => {
    expect(decimalText(amount)).toBe(text);
  });
});

describe('the pseudonym of a visitor', () => {
  it('is another one for each platform, and never the visitor key', () => {
    const [one, other] = ['mixpanel', 'amplitude'].map((platform) => pseudonymOf(purchase, platform));
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(one).not.toBe(other);
    const { visitor: _visitor, ...nobody } = purchase;
    expect(pseudonymOf(nobody, 'mixpanel')).toBeUndefined();
  });
});
