/** Calls across threads: plain data in, plain data out. A port serves one side and calls the other. */
interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Return =
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly error: string };

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The caller's view of the other side: the same methods, answered later. */
export type Remote<M extends Methods> = {
  readonly [K in keyof M]: (...args: Parameters<M[K]>) => Promise<Awaited<ReturnType<M[K]>>>;
};

/** A MessagePort or a Worker. */
interface Port {
  postMessage(message: unknown): void;
  on(event: string, listener: (message: Call | Return) => void): unknown;
}

/** Answers the other side's calls. A method that throws rejects the caller's promise with its message. */
export function serve(port: Port, methods: Methods): void {
  port.on('message', (message: Call | Return) => {
    if (!('call' in message)) return;
    void answer(port, methods, message);
  });
}

async function answer(port: Port, methods: Methods, { call, method, args }: Call): Promise<void> {
  const target = Object.hasOwn(methods, method) ? methods[method] : undefined;
  try {
    if (target === undefined) throw new Error(`no method ${method} on this thread`);
    const outcome = target(...(args as never[]));
    const value = outcome instanceof Promise ? await outcome : outcome;
    port.postMessage({ answer: call, value } satisfies Return);
  } catch (error) {
    port.postMessage({
      answer: call,
      error: error instanceof Error ? error.message : String(error),
    } satisfies Return);
  }
}

const ended = 'the other thread has ended';

/** Calls the other side. When the port closes or its thread ends, every pending call rejects, and every later one. */
export function connect<M extends Methods>(port: Port): Remote<M> {
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  let hasEnded = false;
  port.on('message', (message: Call | Return) => {
    if (!('answer' in message)) return;
    const waiting = pending.get(message.answer);
    pending.delete(message.answer);
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
  });
  const close = (): void => {
    hasEnded = true;
    for (const waiting of pending.values()) waiting.reject(new Error(ended));
    pending.clear();
  };
  port.on('close', close);
  port.on('exit', close);
  return new Proxy({} as Remote<M>, {
    get: (_target, method) => (typeof method === 'string' && method !== 'then' ? send(method) : undefined),
  });

  function send(method: string) {
    return (...args: readonly unknown[]) =>
      new Promise<unknown>((resolve, reject) => {
        if (hasEnded) return reject(new Error(ended));
        last += 1;
        // First the message, which throws where an argument cannot cross; nothing would ever answer that call.
        port.postMessage({ call: last, method, args } satisfies Call);
        pending.set(last, { resolve, reject });
      });
  }
}
