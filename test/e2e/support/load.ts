import { Agent, request } from 'node:http';

const sentHeaders = {
  'content-type': 'application/json',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
  referer: 'http://127.0.0.1/checkout',
};
const manyConnections = 16;

/** Hits on their way, and what became of them. */
export interface Load {
  /** Ids of the events that were answered with 204, in the order of the answers. */
  readonly acknowledged: readonly string[];
  /** What else was answered, and what broke: a status, or a connection's error code. */
  readonly others: readonly string[];
  /** Sends no more, and resolves when every hit has its answer or has broken. */
  stop(): Promise<void>;
  /** Resolves when `total` hits have their answers or have broken. */
  readonly finished: Promise<void>;
}

/** Posts `total` events with ids of their own, over a few connections that are kept alive. */
export function startLoad(port: number, prefix: string, total: number, connections = manyConnections): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const acknowledged: string[] = [];
  const others: string[] = [];
  let sent = 0;
  let isStopped = false;
  const work = async (): Promise<void> => {
    while (!isStopped && sent < total) {
      const id = `${prefix}-${sent++}`;
      const outcome = await postEvent(agent, port, id);
      if (outcome === '204') acknowledged.push(id);
      else others.push(outcome);
    }
  };
  const finished = Promise.all(Array.from({ length: connections }, work)).then(() => agent.destroy());
  return {
    acknowledged,
    others,
    finished,
    async stop() {
      isStopped = true;
      await finished;
    },
  };
}

/** Posts one event of a visitor who granted everything; the status, or the error's code. Never rejects. */
export function postEvent(agent: Agent, port: number, id: string, name = 'load_test'): Promise<string> {
  const body = JSON.stringify({
    id,
    name,
    page: { url: 'http://127.0.0.1/checkout' },
    properties: { padding: 'x'.repeat(300) },
  });
  return new Promise((resolve) => {
    const sending = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: '/t/e',
        method: 'POST',
        headers: { ...sentHeaders, cookie: cookieOf(id) },
      },
      (response) => {
        response.on('error', () => resolve('cut off'));
        response.on('end', () => resolve(String(response.statusCode)));
        response.resume();
      },
    );
    sending.setTimeout(20_000, () => sending.destroy(new Error('no answer in time')));
    sending.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    sending.end(body);
  });
}

const visitors = 20;
const seconds = '1780000000';

/** One of a few visitors, always the same for an id. */
function cookieOf(id: string): string {
  const number = Number(/\d+$/.exec(id)?.[0] ?? 0) % visitors;
  return `tl_consent=1.ggggggg; tl_visitor=1.${String(number).padStart(22, 'v')}.${seconds}.${seconds}`;
}
