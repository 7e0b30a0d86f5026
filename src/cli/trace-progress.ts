/** Where progress is shown: standard error, or what stands for it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that is written over, and is gone in the end. */
export interface Progress {
  show(done: number): void;
  end(): void;
}

/** Shows how far a list has come and how long the rest will take; in a pipe, and for one entry, nothing. */
export function createProgress(
  all: number,
  { stream, nowMs }: { readonly stream: ProgressStream; readonly nowMs: () => number },
): Progress {
  if (all < 2 || stream.isTTY !== true) return { show: () => undefined, end: () => undefined };
  const beganAtMs = nowMs();
  const show = (done: number): void => {
    const leftMs = done === 0 ? undefined : ((nowMs() - beganAtMs) / done) * (all - done);
    stream.write(`\r\u001b[2K${lineOf(done, all, leftMs).slice(0, (stream.columns ?? 80) - 1)}`);
  };
  show(0);
  return { show, end: () => void stream.write('\r\u001b[2K') };
}

const barChars = 20;

function lineOf(done: number, all: number, leftMs: number | undefined): string {
  const bar = '█'.repeat(Math.floor((done * barChars) / all)).padEnd(barChars, '░');
  const share = `${Math.floor((done * 100) / all)}%`;
  return `${bar} ${done}/${all} ${share}${leftMs === undefined ? '' : `, ${durationText(leftMs)} left`}`;
}

function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
