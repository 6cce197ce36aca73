/** What is in the predict function's bundle, since its size is part of every cold start. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

const { metafile } = await build({
  entryPoints: [join(ROOT, 'functions/predict/handler.ts')],
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
});
const inputs = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
const bytesOf = (pattern: RegExp) =>
  inputs
    .filter(([path]) => pattern.test(path))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);

it('is mostly the S3 client', () => {
  const client = bytesOf(/node_modules\/@(aws-sdk|smithy)\//);
  const all = bytesOf(/./);
  expect(client).toBeGreaterThan(300_000);
  expect(client / all).toBeGreaterThan(0.4);
  for (const [, name] of new Set(
    inputs.map(([path]) => /node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)).filter((m) => m !== null),
  )) {
    if (/^@(aws-sdk|smithy)\//.test(name!)) continue;
    expect(bytesOf(new RegExp(`node_modules/${name}/`)), name).toBeLessThan(client / 2);
  }
});

it("leaves out zod's messages in forty languages", () => {
  expect(bytesOf(/zod\/v4\/locales\//)).toBeLessThan(10_000);
});

it('has nothing of training, deployment or the local cloud in it', () => {
  const paths = inputs.map(([path]) => path);
  expect(paths).toContain('core/model/network.ts');
  const foreign = /^(infra|scripts)\/|core\/training\/(trainer|optimizer|batch-sampler)|aws-cdk|esbuild/;
  expect(paths.filter((path) => foreign.test(path))).toEqual([]);
});
