/** Wrong usage of the commands: exit code 2, and what is allowed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it.each([
  ['bench', '--jobs=dek', '--jobs: got "dek", expected of textbook, wide, conv, textbook-inference'],
  ['bench', '--seeds=2 --jobs=wide', '--seeds: is of the textbook job'],
  ['verify-reproducible', '--node=v20', '--node: got "v20", expected major versions'],
  ['simulate', '--seed=0', '--seed: got "0", expected a whole number from 1 to 4294967295'],
  ['recipes', '--write x/mnist-mlp.json', '--write: got x/mnist-mlp.json, expected recipes of docs/recipes'],
  ['recipes', '--seeds=0', '--seeds: got "0", expected a whole number from 1'],
  ['generate-dataset', '--kind=parquet --out=x', '--kind: got parquet, expected one of idx, cifar-10'],
  ['generate-dataset', '--kind=idx --rows=3 --out=x', '--rows: got "3", expected a whole number from 40'],
  ['generate-dataset', '--kind=cifar-10 --rows=51 --out=x', '--rows: got 51, expected a multiple of 5'],
])('npm run %s refuses %s', (command, options, message) => {
  const script = join(import.meta.dirname, `../../../scripts/lab/${command}.ts`);
  const { status, stderr } = spawnSync(process.execPath, [script, ...options.split(' ')], {
    encoding: 'utf8',
  });
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});
