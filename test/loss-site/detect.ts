import { openWalker, type Walker } from '../../src/app/trace-walker.ts';
import { browserPath } from '../e2e/browser.ts';
import { type ExpectedFinding, type LossCase, queryOf } from './cases.ts';
import { addressOf, type Ports } from './hosts.ts';

/** What the walk of one case has found; null: nothing. */
export type Finding = ExpectedFinding | null;

/** Walks cases with the product's own `trace`, request by request or in Chromium. */
export interface Detector {
  detect(one: LossCase): Promise<Finding>;
  close(): Promise<void>;
}

/** Opens a detector over the site itself, with no gateway in front. */
export async function openDetector(ports: Ports): Promise<Detector> {
  process.env['CHROMIUM_PATH'] ??= await browserPath();
  const opened = new Map<string, Promise<Walker>>();
  const walkerFor = ({ engine, clicks }: LossCase): Promise<Walker> => {
    const key = [engine, ...clicks].join(' ');
    const walker = opened.get(key) ?? open(engine, clicks);
    opened.set(key, walker);
    return walker;
  };
  return {
    async detect(one) {
      const walker = await walkerFor(one);
      const { losses, failure } = await walker.walk(
        new URL(addressOf(one.start.host, one.start.path + queryOf(one), ports)),
      );
      const [loss] = losses.filter(({ isRestored }) => !isRestored);
      if (loss !== undefined) return { hop: loss.hop, cause: loss.cause };
      return failure === undefined ? null : { hop: failure.hop, cause: failure.fault };
    },
    async close() {
      for (const walker of opened.values()) await (await walker).close();
    },
  };
}

async function open(engine: LossCase['engine'], clicks: readonly string[]): Promise<Walker> {
  const walker = await openWalker({
    engine,
    clicks,
    policy: 'any',
    device: 'desktop',
    headers: {},
    restMs: 700,
    maxHops: 20,
    hopTimeoutMs: 10_000,
    nowMs: Date.now,
  });
  if ('problem' in walker) throw new Error(walker.problem);
  return walker;
}

/** Whether the walk named what the case expects. */
export function isDetected({ expected }: LossCase, finding: Finding): boolean {
  return expected !== undefined && finding?.hop === expected.hop && finding.cause === expected.cause;
}
