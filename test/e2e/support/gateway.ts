import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { until } from './until.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
/** No test may leave a process behind, whatever happens to the test itself. */
const longestLifeMs = 85_000;

const announcementSchema = z.object({ site: z.url(), admin: z.url(), dataFile: z.string() });
const statusSchema = z.object({
  lag: z.int(),
  queues: z.array(z.object({ status: z.string(), count: z.int() })),
});

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The gateway as `throughline start` runs it, in a process of its own. */
export interface GatewayProcess {
  /** Such as `http://localhost:41234`. */
  readonly origin: string;
  readonly port: number;
  /** The admin port, with a slash at the end. */
  readonly adminUrl: string;
  readonly dataFile: string;
  /** What it has logged so far. */
  logged(): string;
  /** Everything that was logged has been worked through, and nothing waits to be sent. */
  settled(): Promise<void>;
  /** Sends a signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts the gateway and waits until it says that it is ready. */
export async function startGateway(configFile: string, environment: Environment): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['src/main.ts', 'start', '--config', configFile, '--json'], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestLifeMs,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'exit').then((): Exit => ({ code: child.exitCode, signal: child.signalCode }));
  const log = collect(child.stderr);
  const said = collect(child.stdout);
  const line = await until('the gateway to be ready', () => firstLine(said()) ?? stillRuns(child, log));
  const { site, admin, dataFile } = announcementSchema.parse(JSON.parse(line));
  return {
    origin: new URL(site).origin,
    port: Number(new URL(site).port),
    adminUrl: admin,
    dataFile,
    logged: log,
    settled: () => settle(admin),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return await ended;
    },
  };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: string[] = [];
  stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
}

function firstLine(text: string): string | undefined {
  const end = text.indexOf('\n');
  return end === -1 ? undefined : text.slice(0, end);
}

function stillRuns({ exitCode, signalCode }: ChildProcess, log: () => string): undefined {
  if (exitCode === null && signalCode === null) return undefined;
  throw new Error(`the gateway ended with ${exitCode ?? signalCode}:\n${log()}`);
}

const longestSettleMs = 40_000;

async function settle(adminUrl: string): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const { lag, queues } = statusSchema.parse(await getJson(`${adminUrl}api/status`));
    return lag === 0 && queues.every(({ status, count }) => status !== 'pending' || count === 0);
  };
  await until('everything to be worked through and sent', isSettled, longestSettleMs);
}

/** Asks the admin port. */
export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return await response.json();
}

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/** Runs another command of `throughline` to its end. */
export function runCommand(commandLine: readonly string[], environment: Environment): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = {
      cwd: repository,
      env: { ...process.env, ...environment, NO_COLOR: '1' },
      timeout: 20_000,
      killSignal: 'SIGKILL',
    } as const;
    const child = execFile(
      process.execPath,
      ['src/main.ts', ...commandLine],
      options,
      (_error, output, trouble) => {
        resolve({ code: child.exitCode ?? 1, output: output + trouble });
      },
    );
  });
}
