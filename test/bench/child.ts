import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A process that the benchmark started. */
export interface Child {
  readonly pid: number;
  /** The first line it printed, parsed. */
  readonly announced: unknown;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
}

/** A child that said which port it listens on. */
export interface ServerChild extends Child {
  readonly port: number;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const stopMs = 60_000;

/** Starts Node with these arguments and waits for its first line, which is JSON. Rejects when it ends before. */
export async function startNode(args: readonly string[]): Promise<Child> {
  const child = spawnQuietly(process.execPath, args, 'pipe');
  const firstLine = once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const [line]: unknown[] = await Promise.race([firstLine, endedEarly(child, args)]);
  return { pid: child.pid ?? 0, announced: JSON.parse(String(line)), stop: () => stop(child) };
}

/** Starts one of the servers in servers/. */
export async function startServer(name: string, ...args: readonly string[]): Promise<ServerChild> {
  const child = await startNode([new URL(`./servers/${name}.ts`, import.meta.url).pathname, ...args]);
  return { ...child, ...announcedPort.parse(child.announced) };
}

const announcedPort = z.object({ port: z.int() });

/** Starts a program that says nothing about itself and waits until its port takes connections. */
export async function startProgram(
  file: string,
  args: readonly string[],
  port: number,
): Promise<ServerChild> {
  const child = spawnQuietly(file, args, 'ignore');
  await Promise.race([waitForPort(port), endedEarly(child, [file, ...args])]);
  return { pid: child.pid ?? 0, port, announced: null, stop: () => stop(child) };
}

/** A loopback port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts a process whose errors are seen and which never outlives the benchmark. */
export function spawnQuietly(file: string, args: readonly string[], output: 'pipe' | 'ignore'): ChildProcess {
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(file, args, { stdio: ['pipe', output, 'inherit'], env });
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

/** Asks a process to end; one that does not is killed, and that is an error. */
export async function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(timer);
}

async function endedEarly(child: ChildProcess, args: readonly string[]): Promise<never> {
  const [code]: unknown[] = await once(child, 'exit');
  throw new Error(`${args.join(' ')} ended with code ${String(code)} before it was ready`);
}

async function waitForPort(port: number): Promise<void> {
  while (!(await isListening(port))) await sleep(5);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
