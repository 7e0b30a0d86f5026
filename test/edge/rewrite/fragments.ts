import fc from 'fast-check';

const links = [
  '<a href="https://pay.example/x?a=1&amp;b=2#top">',
  '<a class=x href=https://pay.example/>',
  "<A HREF = 'https://pay.example/?'title=\"it's > here\">",
  '<a href=/here>',
  '<a href="//pay.example/&#x3f;q&#61;1&amp">',
  '<a href="https://pay.example/?a&copy_=1&" href="https://other.example/">',
  '<a data-x=">" href="&#104ttps://pay.example/?x=&lt&#38">',
  '<a href=" https://pay.example/y \n">',
  '<a href>',
  '<a href="mailto:x@pay.example">',
  '<a/href="https://pay.example/z"/>',
  '<a ="x" href="https://pay.example/eq">',
  '<a =">" href="https://pay.example/eq">',
  '<a x=1 ="> href="https://pay.example/eq">',
  '<a "href="https://pay.example/no">',
  '<a href="https://pay.example/unclosed>',
  '<area shape=rect href="https://pay.example/area">',
  '<form action="https://pay.example/search?x=1">',
  '<form method=POST action="https://pay.example/pay">',
  '<form method="dialog" action="https://pay.example/">',
  '<form action>',
  '<base target=_top>',
];

const texts = [
  'text',
  ' ',
  '\n',
  '\r\n',
  '\0',
  '<',
  '>',
  '&',
  '"',
  "'",
  '=',
  '/',
  '-',
  '--',
  '!',
  '< a href="https://pay.example/">',
  '\xe9',
  '1 < 2',
  '<3',
  '</>',
  '</ a>',
  '<?php echo "<a href=https://pay.example/>" ?>',
  '<!doctype html PUBLIC "-//>">',
  '<!>',
  '<!a href="https://pay.example/">',
  '<![CDATA[ > <a href="https://pay.example/"> ]]>',
  '<!--',
  '-->',
  '--!>',
  '<!-->',
  '<!--->',
  '<!---->',
  '<!-- <a href="https://pay.example/"> -->',
  '<!-- a -- b --!> c -->',
  '<!--<!-- x --><b>-->',
  '<!- x ->',
];

const plain = [
  '<p>',
  '</p>',
  '<div class="a" data-b=\'>\'>',
  '</div>',
  '</a>',
  '</a href="https://pay.example/">',
  '</form>',
  '<br/>',
  '<img srcset="a.png 1x, b.png 2x" alt="<a href=\'https://pay.example/\'>">',
  '<input value="</form>">',
  '<li>',
  '<b>',
  '</b>',
  '<ab href="https://pay.example/">',
  '<a:b href="https://pay.example/">',
  '<areas href="https://pay.example/">',
  '<custom-element href="https://pay.example/">',
  '<template>',
  '</template>',
  '<table><tr><td>',
  '</table>',
  '<button',
  '<i ',
  '</b ',
];

const rawTexts = [
  '<script>',
  '<SCRIPT type=module>',
  '</script>',
  '</script >',
  '</script',
  '</scriptx>',
  '<script>if (a < b) document.write("<a href=\'https://pay.example/\'>x</a>");</script>',
  '<script><!-- document.write("<script>x</script>"); //--></script>',
  '<script><!--<script>--></script>',
  '<script><!--<script></script><a href="https://pay.example/"><script></script><b>--></script>',
  '<script>x="<!--<script>";</script><a href="https://pay.example/"></script>',
  '<style>',
  '</style>',
  '<style>a[href="<a href=https://pay.example/>"] {}</style>',
  '<textarea>',
  '</textarea>',
  '<textarea><a href="https://pay.example/"></textarea>',
  '<title>',
  '</TITLE>',
  '<title>&lt; <a href="https://pay.example/"></title>',
  '<xmp>',
  '</xmp>',
  '<iframe>',
  '</iframe>',
  '<noembed><a href="https://pay.example/"></noembed>',
  '<noscript>',
  '</noscript>',
  '<noframes>',
  '</noframes>',
];

const foreign = [
  '<svg>',
  '</svg>',
  '<svg/>',
  '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>',
  '<svg><title>A <b>bold</b> title</title><a href="https://pay.example/svg"><text>x</text></a></svg>',
  '<svg><title><style><a href="https://pay.example/"></style></title></svg>',
  '<svg><style>a{}<a href="https://pay.example/in-style"></style></svg>',
  '<svg><script>x<a href="https://pay.example/in-script"></script></svg>',
  '<svg><![CDATA[ > <a href="https://pay.example/"> ]] > ]]]></svg>',
  '<svg><foreignObject><div><script>"<a href=https://pay.example/>"</script></div></foreignObject><title/></svg>',
  '<svg><desc><a href="https://pay.example/desc"><svg><style><a href="//pay.example/"></style></svg></desc></svg>',
  '<svg><font><style></style></font><font color=red>x',
  '<svg><p><style><a href="https://pay.example/"></style>',
  '<math><mi><a href="https://pay.example/mi"></a></mi><a href="https://pay.example/math"></a></math>',
  '<math><annotation-xml encoding="text/html"><a href="https://pay.example/ann"></a></annotation-xml></math>',
  '<math><annotation-xml><svg><title><a href="https://pay.example/"></title></svg></annotation-xml></math>',
  '<math><mtext><mglyph><style><a href="https://pay.example/"></style></mglyph></mtext></math>',
];

function pageOf(parts: readonly (readonly string[])[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts.flat()), { maxLength: 24 }).map((chosen) => chosen.join(''));
}

/** Markup in any order, well formed or not, in which only the tokenizer decides what is a tag. */
export const soup = pageOf([links, texts, plain, rawTexts]);

/** The same with SVG and MathML. */
export const foreignSoup = pageOf([links, texts, plain, rawTexts, foreign]);

/** Pieces of SVG and MathML that are whole, between HTML that is. */
export const wellFormed = pageOf([
  links.slice(0, 3),
  plain.slice(0, 2),
  foreign.filter((part) => /^<(\w+).*<\/\1>$/.test(part)),
]);

/** Splits a text at any places. */
export const places = fc.array(fc.nat(4_000), { maxLength: 12 });
