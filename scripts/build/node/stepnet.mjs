#!/usr/bin/env node
/**
 * `npx stepnet` in a clone: runs the command on the Node that the project brings, whichever Node npm has.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '../../..');
const isWindows = process.platform === 'win32';
const platform = `${isWindows ? 'win' : process.platform}-${process.arch}`;
const programs = [`node-${platform}`, `node-bin-${platform}`].map((name) =>
  join(root, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node'),
);
// Where none is brought for the machine, npm's own has to do.
const node = programs.find((path) => existsSync(path)) ?? process.execPath;
const command = join(root, 'scripts/commands/stepnet.ts');
const cache = join(root, 'scripts/support/compile-cache.cjs');
// As the scripts of package.json: the buffers of connections are garbage soon, and shouldn't make V8 look at all else.
const child = spawn(node, ['--initial-old-space-size=64', '-r', cache, command, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to both, and the command decides what becomes of it.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
