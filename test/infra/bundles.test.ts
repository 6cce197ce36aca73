/** What is in the functions' bundles, as they are deployed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { readAssembly } from '../../scripts/cloud/assembly.ts';

/** By the function's logical id. */
const BUNDLES = readAssembly(inject('assembly')).flatMap(({ template, assets }) =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties }]): [string, string][] => {
    if (Type !== 'AWS::Lambda::Function') return [];
    const folder = assets.get((Properties!.Code as { S3Key: string }).S3Key)!;
    return [[id.replace(/Function[0-9A-F]{8}$/, ''), readFileSync(join(folder, 'index.cjs'), 'utf8')]];
  }),
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
