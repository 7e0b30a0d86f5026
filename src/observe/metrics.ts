import type { Count } from './tally.ts';

/** The gateway's metrics: totals by stop and reason, and a few gauges. */
export interface Metrics {
  add(counts: readonly Count[]): void;
  setQueue(destination: string, status: string, count: number): void;
  setLag(lines: number): void;
  /** Everything in Prometheus' text format (version 0.0.4). */
  text(): string;
  /** Totals so far, for the debugger. */
  totals(): readonly Count[];
}

/** The content type of `text()`. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Creates an empty set of metrics. Written by hand: the usual client library costs 16 MB of memory at start. */
export function createMetrics(): Metrics {
  const totals = new Map<string, { stop: string; reason: string; subject: string; n: number }>();
  const queues = new Map<string, number>();
  let lagLines = 0;
  return {
    add(counts) {
      for (const count of counts) {
        const key = labels({ stop: count.stop, reason: count.reason, subject: count.subject });
        const found = totals.get(key);
        if (found === undefined) totals.set(key, { ...count });
        else found.n += count.n;
      }
    },
    setQueue: (destination, status, count) => void queues.set(labels({ destination, status }), count),
    setLag: (lines) => {
      lagLines = lines;
    },
    text: () =>
      [
        ...family(
          'decisions_total',
          'counter',
          'What became of hits, events and payloads.',
          [...totals].map(([key, { n }]) => [key, n]),
        ),
        ...family('outbox_items', 'gauge', 'Items in the outbox by destination and status.', [...queues]),
        ...family('log_lag_lines', 'gauge', 'Logged lines that the pipeline has not worked through.', [
          ['', lagLines],
        ]),
        ...family('process_resident_memory_bytes', 'gauge', 'Resident memory.', [
          ['', process.memoryUsage.rss()],
        ]),
        ...family('process_cpu_seconds_total', 'counter', 'CPU time of all threads.', [['', cpuSeconds()]]),
        ...family('process_uptime_seconds', 'gauge', 'Time since start.', [['', process.uptime()]]),
        '',
      ].join('\n'),
    totals: () => [...totals.values()],
  };
}

function family(
  name: string,
  type: string,
  help: string,
  samples: readonly (readonly [string, number])[],
): readonly string[] {
  const full = `throughline_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...samples.map(([key, value]) => `${full}${key} ${value}`),
  ];
}

function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(
    ([name, value]) => `${name}="${value.replace(/["\\\n]/g, escaped)}"`,
  );
  return `{${pairs.join(',')}}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
