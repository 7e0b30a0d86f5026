import { z } from 'zod';
import type { Loss, Trace } from './trace.ts';

const markSchema = z.strictObject({
  /** What was last said of it. `new`: nothing yet. */
  verdict: z.enum(['new', 'good', 'bad']),
  /** Runs in a row that contradict the verdict. */
  against: z.int().min(0),
  lastGoodAtMs: z.number().exactOptional(),
});

/** What the canary remembers of its runs: for each page, itself under `page` and each parameter under its name. */
export const canaryMemorySchema = z.record(z.string(), z.record(z.string(), markSchema));

/** What the canary remembers of its runs, by page and parameter. */
export type CanaryMemory = z.output<typeof canaryMemorySchema>;
type Mark = z.output<typeof markSchema>;

/** What may be told of a page or parameter. */
type CanaryChange = 'parameter_dies' | 'parameter_recovers' | 'page_unreachable' | 'page_recovers';

/** One change that somebody should know of. */
export interface CanaryAlert {
  readonly change: CanaryChange;
  readonly page: string;
  readonly atMs: number;
  /** In one sentence or two. */
  readonly message: string;
  readonly parameter?: string;
  /** Number of the hop, from 1; of a loss or of where the walk broke off. */
  readonly hop?: number;
  /** The cause of the loss, or the fault for which the walk broke off. */
  readonly cause?: string;
  readonly culprit?: string;
  readonly fix?: string;
  /** The last run that found it well; absent: none has. */
  readonly lastGoodAtMs?: number;
}

/** The name of the mark that stands for the page itself; no parameter is called so. */
const pageMark = 'page';

/**
 * Weighs one run against what was known. A change is told once, when `runsBeforeAlert` runs in a row agree on it; the
 * first run that finds all well is where it starts from and tells nothing. Pages and parameters that are gone from the
 * list are forgotten. A walk that broke off says nothing of parameters that it had not lost by then.
 */
export function judgeRun(
  before: CanaryMemory,
  traces: readonly Trace[],
  { runsBeforeAlert, nowMs }: { readonly runsBeforeAlert: number; readonly nowMs: number },
): { readonly memory: CanaryMemory; readonly alerts: readonly CanaryAlert[] } {
  const alerts: CanaryAlert[] = [];
  const pages = traces.map((trace) => {
    const known = new Map(Object.entries(before[trace.url] ?? {}));
    const marks = findingsOf(trace).map((finding) => {
      const mark = known.get(finding.name) ?? { verdict: 'new', against: 0 };
      const next = weigh(mark, finding.state, { runsBeforeAlert, nowMs });
      if (isTold(mark, next)) alerts.push(alertOf(finding, { trace, mark, nowMs }));
      return [finding.name, next] as const;
    });
    return [trace.url, Object.fromEntries(marks)] as const;
  });
  return { memory: Object.fromEntries(pages), alerts };
}

interface Finding {
  readonly name: string;
  readonly state: 'good' | 'bad' | 'unknown';
  readonly loss?: Loss;
}

function findingsOf({ parameters, losses, failure }: Trace): readonly Finding[] {
  const page: Finding = { name: pageMark, state: failure === undefined ? 'good' : 'bad' };
  const found = parameters.flatMap(({ name, marks }): readonly Finding[] => {
    if (marks[0] === 'absent' || marks[0] === 'added') return [];
    const loss = losses.find(({ parameter, isRestored }) => parameter === name && !isRestored);
    if (loss !== undefined) return [{ name, state: 'bad', loss }];
    return [{ name, state: failure === undefined ? 'good' : 'unknown' }];
  });
  return [page, ...found];
}

function weigh(
  mark: Mark,
  state: Finding['state'],
  { runsBeforeAlert, nowMs }: { readonly runsBeforeAlert: number; readonly nowMs: number },
): Mark {
  if (state === 'unknown') return mark;
  const lastGood = state === 'good' ? { lastGoodAtMs: nowMs } : lastGoodOf(mark);
  const isFirstGood = mark.verdict === 'new' && state === 'good';
  if (mark.verdict === state || isFirstGood) return { verdict: state, against: 0, ...lastGood };
  const against = mark.against + 1;
  if (against >= runsBeforeAlert) return { verdict: state, against: 0, ...lastGood };
  return { verdict: mark.verdict, against, ...lastGood };
}

function lastGoodOf({ lastGoodAtMs }: Mark): Pick<Mark, 'lastGoodAtMs'> {
  return lastGoodAtMs === undefined ? {} : { lastGoodAtMs };
}

function isTold(before: Mark, after: Mark): boolean {
  return before.verdict !== after.verdict && !(before.verdict === 'new' && after.verdict === 'good');
}

interface AlertFacts {
  readonly trace: Trace;
  readonly mark: Mark;
  readonly nowMs: number;
}

function alertOf(finding: Finding, { trace, mark, nowMs }: AlertFacts): CanaryAlert {
  const { name, state } = finding;
  const shared = { page: trace.url, atMs: nowMs, ...lastGoodOf(mark) };
  if (name === pageMark) return pageAlert(shared, trace);
  const parameter = { ...shared, parameter: name };
  if (state === 'good')
    return { ...parameter, change: 'parameter_recovers', message: `${name} reaches its page again.` };
  const { loss } = finding;
  return {
    ...parameter,
    change: 'parameter_dies',
    message: `${name} does not reach its page${loss ? `: at hop ${loss.hop} ${loss.what}` : ''}.`,
    ...(loss && { hop: loss.hop, cause: loss.cause, culprit: loss.culprit, fix: loss.fix }),
  };
}

function pageAlert(shared: Pick<CanaryAlert, 'page' | 'atMs'>, { failure }: Trace): CanaryAlert {
  if (failure === undefined)
    return { ...shared, change: 'page_recovers', message: 'The page can be reached again.' };
  const { hop, fault, message } = failure;
  return {
    ...shared,
    change: 'page_unreachable',
    message: `The page cannot be reached: ${message}`,
    hop,
    cause: fault,
  };
}
