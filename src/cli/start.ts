import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Admin } from '../app/admin.ts';
import { startCanary } from '../app/canary-timer.ts';
import type { Demo } from '../app/demo.ts';
import { type Gateway, startGateway } from '../app/gateway.ts';
import type { Loaded } from '../app/load.ts';
import { openLog } from '../app/log.ts';
import { readVersion } from '../app/version.ts';
import { watchConfiguration } from '../app/watch.ts';
import { codes } from '../config/codes.ts';
import { defaultConfigFile, loadForCommand } from './configuration.ts';
import { misused } from './options.ts';
import { complain, exitCodes, paint, print, printJson, table } from './output.ts';

/** `throughline start` */
export function startCommand(): Command {
  return new Command('start')
    .description('Run the gateway. Without a configuration of your own it runs in front of a demo shop.')
    .option(
      '-c, --config <file>',
      `configuration file (default: ${defaultConfigFile} where it exists, else the demo)`,
    )
    .option('--demo', 'run the demo even where a configuration exists')
    .option('--port <n>', "listen here instead of the configuration's edge.port")
    .option('--json', 'print the addresses as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  throughline start                                 the demo, or config/throughline.yaml where it exists
  throughline start --config /etc/throughline.yaml
  throughline start --demo --port 9000`,
    )
    .action(start);
}

interface Options {
  readonly config?: string;
  readonly demo?: boolean;
  readonly port?: string;
  readonly json?: boolean;
}

async function start(options: Options): Promise<void> {
  const startedAt = performance.now();
  const isDemo = options.demo === true || (options.config === undefined && !existsSync(defaultConfigFile));
  const demo = isDemo ? await openDemo().catch(failStart) : null;
  const file = demo?.configFile ?? options.config ?? defaultConfigFile;
  const read = await loadForCommand(file, options.json === true ? 'json' : 'text');
  const loaded = withPort(read, options.port);
  const log = openLog(loaded.config.log);
  const gateway = await startGateway(loaded).catch(failStart);
  const admin = loaded.config.admin.enabled ? await openAdmin(gateway).catch(failStart) : null;
  const unwatch = watchConfiguration(gateway, log);
  const { dataFile } = gateway;
  const endCanary = startCanary({ canary: () => gateway.loaded().config.canary, dataFile }, log);
  const readyMs = Math.round(performance.now() - startedAt);
  announce({
    gateway,
    demo,
    adminUrl: admin?.url ?? null,
    readyMs,
    format: options.json === true ? 'json' : 'text',
  });
  const stop = once(async () => {
    unwatch();
    endCanary();
    log.info({}, 'stopping: finishing requests, then the log, then deliveries that are due');
    await admin?.close();
    await gateway.stop();
    await demo?.close();
    process.exit(exitCodes.ok);
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

// Both bring libraries that a gateway without them should not hold in memory.
async function openDemo(): Promise<Demo> {
  const { startDemo } = await import('../app/demo.ts');
  return startDemo({ shop: 0, receiver: 8083 });
}

async function openAdmin(gateway: Gateway): Promise<Admin> {
  const { startAdmin } = await import('../app/admin.ts');
  return startAdmin(gateway);
}

/** The second signal of an impatient person ends the process at once. */
function once(stop: () => Promise<void>): () => void {
  let isStopping = false;
  return () => {
    if (isStopping) process.exit(exitCodes.failed);
    isStopping = true;
    stop().catch((error: unknown) => {
      complain(`stopping failed: ${String(error)}`);
      process.exit(exitCodes.failed);
    });
  };
}

function withPort(loaded: Loaded, port: string | undefined): Loaded {
  if (port === undefined) return loaded;
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    misused([`--port ${port} is no port. Write a number from 0 to 65535.`]);
  }
  return { ...loaded, config: { ...loaded.config, edge: { ...loaded.config.edge, port: number } } };
}

function failStart(error: unknown): never {
  const { code, message, port } = describe(error);
  if (code === 'EADDRINUSE') {
    complain(`${codes.port_in_use.id} ${codes.port_in_use.title}: ${port}. ${codes.port_in_use.fix}`);
  } else if (code === 'StoreLockedError') {
    complain(`${codes.store_locked.id} ${codes.store_locked.title}: ${message}. ${codes.store_locked.fix}`);
  } else {
    complain(`${codes.store_unusable.id} The gateway could not start: ${message}`);
  }
  process.exit(exitCodes.failed);
}

function describe(error: unknown): { code: string; message: string; port: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error), port: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const port = 'port' in error ? String(error.port) : '';
  return { code, message: error.message, port };
}

interface Started {
  readonly gateway: Gateway;
  readonly demo: Demo | null;
  readonly adminUrl: string | null;
  readonly readyMs: number;
  readonly format: 'text' | 'json';
}

function announce({ gateway, demo, adminUrl, readyMs, format }: Started): void {
  const site = `http://localhost:${gateway.edgePort}/`;
  const receiver = demo === null ? null : `http://127.0.0.1:${demo.receiverPort}/`;
  const version = readVersion();
  if (format === 'json') {
    printJson({ version, readyMs, site, admin: adminUrl, receiver, dataFile: gateway.dataFile });
    return;
  }
  const { config, rules } = gateway.loaded();
  const destinations = Object.keys(config.destinations).join(', ');
  print(`${paint('bold', 'Throughline')} ${version} is ready after ${readyMs} ms.`);
  print();
  const rows =
    demo === null
      ? [['Gateway', site, `${Object.keys(config.sites).join(', ')}`]]
      : [
          [
            'Shop',
            `${site}?utm_source=newsletter&utm_medium=email&gclid=demo-click`,
            'browse it, answer the banner, buy something',
          ],
          ['Receiver', receiver ?? '', 'what webhook, GA4 and Meta stand-ins received'],
        ];
  print(
    table(
      [
        ...rows,
        ...(adminUrl === null ? [] : [['Debugger', adminUrl, 'every event and its story']]),
        ['Data', gateway.dataFile, `${rules.rules.length} rules to ${destinations}`],
      ].map(([name = '', value = '', note = '']) => [
        `  ${paint('bold', name)}`,
        paint('cyan', value),
        paint('gray', note),
      ]),
    ),
  );
  print();
  if (demo !== null)
    print(
      paint(
        'gray',
        '  npm run throughline -- tail --config config/demo.yaml    watches from another terminal',
      ),
    );
  print(paint('gray', '  Ctrl-C stops it.'));
}
