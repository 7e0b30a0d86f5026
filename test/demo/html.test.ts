import { describe, expect, it } from 'vitest';
import { html, literal } from '../../src/demo/html.ts';

describe('html', () => {
  it.each([
    ['escapes text', html`<b title="${'"\''}">${'<i>&'}</b>`, '<b title="&quot;&#39;">&lt;i&gt;&amp;</b>'],
    ['takes markup as it is', html`<p>${html`<b>x</b>`}</p>`, '<p><b>x</b></p>'],
    [
      'joins lists of markup',
      html`<ul>${['a', 'b'].map((name) => html`<li>${name}</li>`)}</ul>`,
      '<ul><li>a</li><li>b</li></ul>',
    ],
    ['writes numbers, and nothing for undefined', html`${0}${undefined}`, '0'],
  ])('%s', (_title, markup, expected) => {
    expect(markup.text).toBe(expected);
  });
});

describe('literal', () => {
  it('cannot end the script element it stands in', () => {
    const value = { name: '</script><!--<script>' };
    const { text } = literal(value);
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual(value);
  });
});
