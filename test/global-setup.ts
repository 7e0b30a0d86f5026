import { readFileSync } from 'node:fs';

/** Fails loudly where a skipped install script left the system's own Node in use. */
export default function setup(): void {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = (major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26;
  if (!fits) {
    throw new Error(
      `The tests need Node ${engines.node}; this is ${process.versions.node}. Run \`npm ci\` (with install scripts allowed), then \`npm test\`.`,
    );
  }
}
