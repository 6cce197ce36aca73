/** What is in the functions' bundles, as they are deployed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, inject, it } from 'vitest';
import { ENV } from '../../functions/contract/environment.ts';
import { readAssembly } from '../../scripts/cloud/assembly.ts';

const ROOT = join(import.meta.dirname, '../..');
/** By the function's logical id. */
const FOLDERS = readAssembly(inject('assembly')).flatMap(({ template, assets }) =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties }]): [string, string][] => {
    if (Type !== 'AWS::Lambda::Function') return [];
    const folder = assets.get((Properties!.Code as { S3Key: string }).S3Key)!;
    return [[id.replace(/Function[0-9A-F]{8}$/, ''), folder]];
  }),
);
const BUNDLES = FOLDERS.map(
  ([name, folder]) => [name, readFileSync(join(folder, 'main.cjs'), 'utf8')] as const,
);

/** Names of the bundles in which something is found. */
const bundlesWith = (pattern: RegExp) =>
  BUNDLES.flatMap(([name, code]) => (pattern.test(code) ? [name] : []));
const ALL = BUNDLES.map(([name]) => name);

it('have errors of their own names, which the runtime logs', () => {
  expect(ALL.length).toBeGreaterThan(10);
  expect(bundlesWith(/\bConfigError ?= ?class extends Error\b/)).toEqual(ALL);
  // esbuild numbers what would be called like something else.
  expect(bundlesWith(/\b\w+Error\d+ ?= ?class\b/)).toEqual([]);
});

it('import nothing while they run: importing node:http loads all of fetch', () => {
  expect(bundlesWith(/\brequire\("node:http"\)/).length).toBeGreaterThan(10);
  expect(bundlesWith(/\bimport\("node:/)).toEqual([]);
});

it('look for credentials in the environment alone: other ways to them are a fifth of a bundle', () => {
  expect(bundlesWith(/\bfromEnv\b/).length).toBeGreaterThan(10);
  expect(bundlesWith(/\bfrom(SSO|Ini|Process|TokenFile|HttpContainer|ContainerMetadata)\b/)).toEqual([]);
});

it('describe the operations of S3 that they call, and not the hundred others', () => {
  expect(bundlesWith(/"CompleteMultipartUpload"/).length).toBeGreaterThan(10);
  // ValidateConfig loads its client when it needs one, and of what is loaded later esbuild leaves nothing out.
  expect(bundlesWith(/LifecycleConfiguration|IntelligentTiering|CORSConfiguration/)).toEqual([
    'ValidateConfig',
  ]);
});

it('hold no schemas of states but where there are states: predict makes its own at each cold start', () => {
  expect(bundlesWith(/\bturnsLeft\b/)).toContain('TrainChunk');
  expect(bundlesWith(/\bturnsLeft\b/)).not.toContain('Predict');
});

it('are loaded by a small file, of which the runtime reads all before it runs it', () => {
  for (const [, folder] of FOLDERS) {
    expect(readFileSync(join(folder, 'index.cjs')).length).toBeLessThan(4096);
  }
});

/** Loads a function as the runtime does, counts how often its source map is read, and calls it with an event that it refuses. */
const REFUSE = `
  const fs = require('node:fs');
  const { readFileSync } = fs;
  let maps = 0;
  fs.readFileSync = (...all) => {
    if (/\\.map$/.test(all[0])) maps++;
    return readFileSync(...all);
  };
  import(process.argv[1]).then(async ({ handler }) => {
    const atStart = maps;
    const refused = async () => (await handler({ config: 7 }, { getRemainingTimeInMillis: () => 1000 }).catch((error) => error)).stack;
    const stack = await refused();
    await refused();
    console.log(JSON.stringify({ atStart, maps, stack }));
  });
`;

it('say in stack traces where the sources are, and read the map only then', () => {
  const folder = new Map(FOLDERS).get('ValidateConfig')!;
  const entry = pathToFileURL(join(folder, 'index.cjs')).href;
  const env = { ...process.env, NODE_V8_COVERAGE: '', [ENV.trainMemoryMb]: '1769' };
  const said = execFileSync(process.execPath, ['-e', REFUSE, entry], { encoding: 'utf8', env });
  const { atStart, maps, stack } = JSON.parse(said);
  expect([atStart, maps]).toEqual([0, 1]);
  expect(stack).toMatch(/^ConfigError: /);
  const [, file, line] = /\n {4}at .*\((functions\/[\w/.-]+):(\d+):\d+\)/.exec(stack)!;
  expect(readFileSync(join(ROOT, file!), 'utf8').split('\n')[Number(line) - 1]).toContain('ConfigError');
  expect(stack).not.toContain('main.cjs');
});
