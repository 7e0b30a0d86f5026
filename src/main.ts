#!/usr/bin/env node
import process from 'node:process';
import './lean-start.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isSupported = (major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26;

if (!isSupported) {
  process.stderr.write(
    `TL3009 Node version not supported: this is Node ${process.versions.node}. Throughline needs Node 24.16 or later, or 26.1 or later; inside the project, \`npm start\` uses a fitting one.\n`,
  );
  process.exitCode = 1;
} else {
  const { runCommand } = await import('./cli/program.ts');
  process.exitCode = await runCommand(process.argv);
}
