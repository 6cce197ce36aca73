/**
 * What a deployment would find out late or never, looked for in the templates of every way to deploy: rules of our own over
 * the synthesized app, each of which finds the fault that it is about when that is planted.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, inject, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';
import { readAssembly } from '../../scripts/cloud/assembly.ts';
import { isProof } from '../support/needs.ts';
import * as access from './lint/access.ts';
import type { LintedApp, Rule } from './lint/app.ts';
import { FAULTS as OF_ACCESS } from './lint/faults/access.ts';
import { FAULTS as OF_LIFETIMES } from './lint/faults/lifetimes.ts';
import { FAULTS as OF_LIMITS } from './lint/faults/limits.ts';
import { FAULTS as OF_MACHINES } from './lint/faults/machines.ts';
import { FAULTS as OF_WATCHING } from './lint/faults/watching.ts';
import * as lifetimes from './lint/lifetimes.ts';
import * as limits from './lint/limits.ts';
import * as machines from './lint/machines.ts';
import { ALL, SOME, synthesized } from './lint/variants.ts';
import * as watching from './lint/watching.ts';

// CloudFormation's own schemas take ten seconds; a test holds the app to them that runs `npx cdk synth`.
process.env.CDK_VALIDATION = 'false';

const { CONCURRENCY_OF_NEW_ACCOUNT, ...ofMachines } = machines;
const FAULTS = [...OF_ACCESS, ...OF_LIFETIMES, ...OF_LIMITS, ...OF_MACHINES, ...OF_WATCHING];
const RULES: Readonly<Record<string, Rule>> = {
  ...access,
  ...lifetimes,
  ...limits,
  ...ofMachines,
  ...watching,
};
const lint = (app: LintedApp) =>
  Object.entries(RULES).flatMap(([name, rule]) => rule(app).map((finding) => `${name}: ${finding}`));

/** Apps that were made, by their settings. */
const made = new Map<string, LintedApp>();
function appOf(context: object): LintedApp {
  const key = JSON.stringify(context);
  const app = made.get(key) ?? synthesized(context);
  made.set(key, app);
  return app;
}

it.each((isProof ? ALL : SOME).map((context) => [JSON.stringify(context), context] as const))(
  'the app with %s breaks no rule',
  (_, context) => {
    expect(lint(appOf(context))).toEqual([]);
  },
);

describe('planted faults', () => {
  it.each(FAULTS)('$rule finds $fault', ({ rule, context = {}, plant, finding }) => {
    const app = structuredClone(appOf(context));
    plant(app);
    expect(RULES[rule]!(app).join('\n')).toContain(finding);
  });

  it('are there for every rule', () => {
    expect([...new Set(FAULTS.map(({ rule }) => rule))].sort()).toEqual(Object.keys(RULES).sort());
  });
});

it("by default no Map takes all of a new account's concurrency", () => {
  const defaults = Object.entries(readSettings(new App())).filter(([name]) => name.endsWith('AtOnce'));
  expect(defaults.map(([name]) => name)).toContain('workersAtOnce');
  for (const [name, width] of defaults) expect(width, name).toBeLessThan(CONCURRENCY_OF_NEW_ACCOUNT);
});

it('each bundle, unzipped, is within what Lambda takes', () => {
  const bytesOf = (path: string): number =>
    statSync(path).isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
      : statSync(path).size;
  const folders = readAssembly(inject('assembly')).flatMap(({ assets }) =>
    [...assets].flatMap(([name, path]) => (name.endsWith('.zip') ? [path] : [])),
  );
  expect(folders.length).toBeGreaterThan(10);
  // "Lambda quotas": 250 MB with layers.
  for (const folder of folders) expect(bytesOf(folder), folder).toBeLessThan(250 * 2 ** 20);
});
