import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startReceiver } from '../demo/receiver.ts';
import { startShop } from '../demo/shop.ts';

/** The demo's servers: a shop to browse and a receiver that stands in for the platforms. */
export interface Demo {
  readonly shopPort: number;
  readonly receiverPort: number;
  readonly configFile: string;
  close(): Promise<void>;
}

/** Ports of the demo; 0 picks a free one. */
export interface DemoPorts {
  readonly shop: number;
  readonly receiver: number;
}

/** The demo's signing key. Public on purpose: it signs events of the demo shop on this machine and nothing else. */
const demoSecret = `whsec_${createHash('sha256').update('throughline demo').digest('base64')}`;

/** Starts shop and receiver, and tells the demo's configuration where they are through the environment. */
export async function startDemo(ports: DemoPorts): Promise<Demo> {
  const shop = await startShop({ port: ports.shop, host: '127.0.0.1', scriptPath: '/t/s.js' });
  const receiver = await startReceiver({ port: ports.receiver, host: '127.0.0.1', secret: demoSecret });
  process.env.DEMO_SHOP_URL = `http://127.0.0.1:${shop.port}`;
  process.env.DEMO_RECEIVER_URL = `http://127.0.0.1:${receiver.port}`;
  process.env.DEMO_SECRET = demoSecret;
  return {
    shopPort: shop.port,
    receiverPort: receiver.port,
    configFile: shippedFile('config/demo.yaml'),
    async close() {
      await Promise.all([shop.close(), receiver.close()]);
    },
  };
}

/** A file of the package, from the sources or from the build. */
function shippedFile(path: string): string {
  const fromHere = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (!existsSync(fromHere)) throw new Error(`${path} is missing from this installation`);
  return fromHere;
}
