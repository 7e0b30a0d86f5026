import { describe, expect, it } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { readTouch } from '../../src/campaign/touch.ts';

const context = compileTouchContext(campaignConfigSchema.parse({}), ['shop.example']);

describe('a visitor who comes from a host with a sign-in page', () => {
  it.each([
    ['https://www.facebook.com/v19.0/dialog/oauth?client_id=1', undefined],
    ['https://m.facebook.com/dialog/oauth/', undefined],
    ['https://www.facebook.com/login.php?next=x', undefined],
    ['https://github.com/login/oauth/authorize', undefined],
    ['https://www.amazon.co.uk/ap/oa', undefined],
    ['https://github.com/loginov/shop', 'github'],
    ['https://github.com/acme/login', 'github'],
    ['https://github.com/', 'github'],
    ['https://evil.example/login/oauth', 'evil.example'],
  ])('by %s has the source %s', (referrer, source) => {
    const { touch } = readTouch(
      { name: 'page_view', atMs: 1, url: 'https://shop.example/', referrer },
      context,
    );
    expect(touch?.source).toBe(source);
  });
});
