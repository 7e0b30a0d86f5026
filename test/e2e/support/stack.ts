import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parseDocument } from 'yaml';
import { type Receiver, startReceiver } from '../../../src/demo/receiver.ts';
import { startShop } from '../../../src/demo/shop.ts';
import { type Event, eventSchema } from '../../../src/model/event.ts';
import { type CommandResult, type GatewayProcess, runCommand, startGateway } from './gateway.ts';

/** Signs what the gateway posts to webhooks. */
export const secret = 'whsec_ZW5kLXRvLWVuZC10ZXN0cy1vZi10aHJvdWdobGluZQ==';
const repository = new URL('../../../', import.meta.url);

/** What a test changes of the demo's setup. */
export interface StackOptions {
  /** Values of the demo's configuration by dotted path, such as `sites.shop.pageViews`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More files of the shop, content by path. */
  readonly assets?: Readonly<Record<string, string>>;
}

/** The demo as `throughline start --demo` sets it up, on free ports and with a folder of its own. */
export interface Stack {
  readonly gateway: GatewayProcess;
  readonly receiver: Receiver;
  /** Holds the configuration, `rules`, `archive` and `data`. */
  readonly folder: string;
  /** Every event that the archive holds, in its order. */
  archived(): readonly Event[];
  /** The bytes of everything that is kept on disk: archive, data file and its WAL. */
  stored(): Buffer;
  /** Runs a command of `throughline` with this configuration. */
  run(...commandLine: readonly string[]): Promise<CommandResult>;
  /** Starts the gateway again over the same folder; the one before must have ended. */
  restart(): Promise<GatewayProcess>;
}

/** Starts shop, receiver and gateway; they end with the test. */
export async function startStack({ config = {}, assets = {} }: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const shop = await startShop({ port: 0, host: '127.0.0.1', scriptPath: '/t/s.js', assets });
  onTestFinished(() => shop.close());
  const receiver = await startReceiver({ port: 0, host: '127.0.0.1', secret });
  onTestFinished(() => receiver.close());
  const environment = {
    DEMO_SHOP_URL: `http://127.0.0.1:${shop.port}`,
    DEMO_RECEIVER_URL: `http://127.0.0.1:${receiver.port}`,
    DEMO_SECRET: secret,
  };
  const configFile = writeConfiguration(folder, config);
  const start = async (): Promise<GatewayProcess> => {
    const gateway = await startGateway(configFile, environment);
    onTestFinished(async () => void (await gateway.end('SIGKILL')));
    return gateway;
  };
  const gateway = await start();
  return {
    gateway,
    receiver,
    folder,
    archived: () => readArchive(folder),
    stored: () =>
      Buffer.concat(
        [...filesOf(join(folder, 'archive')), ...filesOf(join(folder, 'data'))].map((file) =>
          readFileSync(file),
        ),
      ),
    run: (...commandLine) => runCommand([...commandLine, '--config', configFile], environment),
    restart: start,
  };
}

function writeConfiguration(folder: string, changes: Readonly<Record<string, unknown>>): string {
  const demo = parseDocument(readFileSync(new URL('config/demo.yaml', repository), 'utf8'));
  const all = {
    'edge.port': 0,
    'admin.port': 0,
    'store.path': join(folder, 'data', 'events.db'),
    'destinations.archive.settings.path': join(folder, 'archive'),
    'delivery.firstSeconds': 0.2,
    rules: 'rules',
    ...changes,
  };
  for (const [path, value] of Object.entries(all)) demo.setIn(path.split('.'), value);
  cpSync(fileURLToPath(new URL('rules', repository)), join(folder, 'rules'), { recursive: true });
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, demo.toString());
  return file;
}

function readArchive(folder: string): readonly Event[] {
  const text = filesOf(join(folder, 'archive'))
    .filter((file) => basename(file).startsWith('events') && dirname(file) === join(folder, 'archive'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [eventSchema.parse(JSON.parse(line))]));
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    // Not there: nothing has been written yet.
    return [];
  }
}
