import type { Trace } from '../app/trace.ts';
import type { Comparison } from '../app/trace-compare.ts';
import { groupLosses } from './trace-losses.ts';

/** Walks as JUnit XML: one test case for each address; a loss is a failure, a walk that does not arrive an error. */
export function toJunit(traces: readonly Trace[]): string {
  return suiteOf(
    traces,
    traces.map((trace) => testCase(trace, '')),
  );
}

/** The walks through the gateway as JUnit XML; what the direct walk came to stands with each as its output. */
export function comparisonsToJunit(comparisons: readonly Comparison[]): string {
  return suiteOf(
    comparisons.map(({ via }) => via),
    comparisons.map(({ via, direct, parameters }) => {
      const fates = parameters.map((one) => `${one.name}: ${one.direct} direct, ${one.via} via the gateway`);
      const verdict = direct.isIntact ? 'The direct walk is intact.' : 'The direct walk is not intact.';
      const text = escaped([verdict, ...fates].join('\n'));
      return testCase(via, `      <system-out>${text}</system-out>`);
    }),
  );
}

function suiteOf(traces: readonly Trace[], cases: readonly string[]): string {
  const errors = traces.filter(({ failure }) => failure !== undefined).length;
  const failures = traces.filter(({ failure, isIntact }) => failure === undefined && !isIntact).length;
  const counts = `tests="${traces.length}" failures="${failures}" errors="${errors}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="throughline trace" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function testCase(trace: Trace, output: string): string {
  const name = `    <testcase classname="throughline.trace" name="${escaped(trace.url)}"`;
  const content = [verdictOf(trace), output].filter((part) => part !== '').join('\n');
  return content === '' ? `${name}/>` : `${name}>\n${content}\n    </testcase>`;
}

/** JUnit readers expect one verdict for each case, so that all losses stand in one. */
function verdictOf({ failure, losses }: Trace): string {
  const lost = groupLosses(losses.filter(({ isRestored }) => !isRestored)).map(
    ({ loss, parameters, seen }) =>
      `${parameters.join(', ')} ${loss.kind} at hop ${loss.hop}: ${loss.what}\nLikely by: ${loss.culprit}\nSeen: ${seen}\nMend it: ${loss.fix}`,
  );
  if (failure !== undefined) {
    const text = [`hop ${failure.hop}: ${failure.message}`, ...lost].join('\n');
    return `      <error type="${failure.fault}" message="${escaped(failure.message)}">${escaped(text)}</error>`;
  }
  const [first] = lost;
  if (first === undefined) return '';
  const cause = losses.find(({ isRestored }) => !isRestored)?.cause ?? '';
  const message = first.split('\n', 1)[0] ?? '';
  return `      <failure type="${cause}" message="${escaped(message)}">${escaped(lost.join('\n\n'))}</failure>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no place for most control characters, escaped or not. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�')
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
