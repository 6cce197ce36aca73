/** Synthesis: as `npx cdk synth` does it, and by several at once, killed, or into a folder that has lost something. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { digestOfSources, LOCAL_SETTINGS, synthesize } from '../../../scripts/build/synthesize.ts';
import { readAssembly } from '../../../scripts/cloud/assembly.ts';
import { groupMembers, killIfThere } from '../../../scripts/lab/kill-test/processes.ts';
import { isProof, needs } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MODULE = new URL('../../../scripts/build/synthesize.ts', import.meta.url);
const { resolve } = createRequire(import.meta.url);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-synth-'));
  cpSync(dirname(inject('assembly')), folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Synthesizes into the folder in a process group of its own. */
function synthesizeElsewhere(): ChildProcess {
  const script = `await (await import(${JSON.stringify(MODULE)})).synthesize(${JSON.stringify(folder)});`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore', detached: true });
}

/** The CDK's own command on the project. */
function cdkSynth(output: string, ...options: string[]) {
  const cli = join(dirname(resolve('aws-cdk/package.json')), 'bin/cdk');
  return promisify(execFile)(
    process.execPath,
    [cli, 'synth', '--quiet', '--no-notices', '--output', output, ...options],
    { cwd: ROOT, env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } },
  );
}

/** Cuts a bundle of the folder's assembly off. */
function damage(): void {
  const assembly = join(folder, 'cdk.out');
  const paths = readdirSync(assembly, { recursive: true, encoding: 'utf8' });
  truncateSync(join(assembly, paths.find((path) => path.endsWith('index.cjs'))!), 1000);
}

/** Every file below, by its path. */
const filesOf = (path: string) =>
  new Map(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(path.length + 1), readFileSync(file, 'latin1')]),
  );

describe('npx cdk synth', () => {
  it('makes the same files, which pass the CDK’s check against CloudFormation’s schemas', async () => {
    const output = join(folder, 'by-cdk');
    const settings = Object.entries(LOCAL_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await cdkSynth(output, ...settings);
    const { 'validation-report.json': report, ...made } = Object.fromEntries(filesOf(output));
    expect(JSON.parse(report!)).toMatchObject({ pluginReports: [] });
    const ours = Object.fromEntries(filesOf(inject('assembly')));
    expect(Object.keys(made)).toEqual(Object.keys(ours));
    for (const [file, content] of Object.entries(made)) expect(ours[file] === content, file).toBe(true);
  });

  it('fails where a template does not pass that check', async () => {
    const app = join(folder, 'wrong-app.cjs');
    writeFileSync(
      app,
      `const { App, CfnResource, Stack } = require(${JSON.stringify(resolve('aws-cdk-lib'))});
      const properties = { QueueName: 'q', DelaySecond: 3 };
      new CfnResource(new Stack(new App(), 'wrong'), 'Queue', { type: 'AWS::SQS::Queue', properties });`,
    );
    const failure = await cdkSynth(join(folder, 'wrong'), '--app', `node ${app}`).catch((error) => error);
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('DelaySecond') });
  });
});

it('two at once make a damaged assembly anew, and it is whole', async () => {
  const before = filesOf(join(folder, 'cdk.out'));
  damage();
  const both = [synthesizeElsewhere(), synthesizeElsewhere()];
  try {
    const exits = await Promise.all(both.map((child) => once(child, 'exit')));
    expect(exits.map(([code]) => code)).toEqual([0, 0]);
  } finally {
    for (const child of both) killIfThere(-child.pid!);
  }
  expect(filesOf(join(folder, 'cdk.out'))).toEqual(before);
  expect(await synthesize(folder)).toMatchObject({ fresh: false });
  expect(readdirSync(folder).filter((name) => name.startsWith('cdk.out'))).toEqual([
    'cdk.out',
    'cdk.out.sources',
  ]);
});

it.each([
  'core/a.ts',
  'functions/b/handler.ts',
  'infra/app.ts',
  'cdk.json',
  'cdk.context.json',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  'node_modules/.package-lock.json',
])('is made anew after a change of %s', (changed) => {
  const root = mkdtempSync(join(folder, 'project-'));
  const files = ['core/a.ts', 'functions/b/handler.ts', 'infra/app.ts', 'README.md', 'test/t.ts'];
  for (const file of [...files, 'cdk.json', 'tsconfig.json', 'package.json', 'package-lock.json']) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  const before = digestOfSources(root);
  appendFileSync(join(root, 'README.md'), 'more');
  appendFileSync(join(root, 'test/t.ts'), 'more');
  expect(digestOfSources(root)).toBe(before);
  mkdirSync(dirname(join(root, changed)), { recursive: true });
  appendFileSync(join(root, changed), 'more');
  expect(digestOfSources(root)).not.toBe(before);
});

it(
  'killed, nobody goes on, and the next one starts over',
  needs(isProof && process.platform === 'linux', 'long, for npm run proof on Linux'),
  async () => {
    const assembly = join(folder, 'cdk.out');
    damage();
    const child = synthesizeElsewhere();
    const building = join(folder, `cdk.out.${child.pid}`);
    try {
      // Itself, the app and esbuild.
      await vi.waitUntil(() => groupMembers(child.pid!).length >= 3, { timeout: 120_000, interval: 1 });
      // What one leaves that is killed later.
      mkdirSync(building, { recursive: true });
      writeFileSync(join(building, 'stepnet-training.template.json'), '{');
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      await vi.waitUntil(() => groupMembers(child.pid!).length === 0, { timeout: 60_000, interval: 20 });
    } finally {
      killIfThere(-child.pid!);
    }
    // Whoever had gone on would have written it last.
    expect(existsSync(join(building, 'manifest.json'))).toBe(false);

    expect(await synthesize(folder)).toMatchObject({ fresh: true });
    expect(readAssembly(assembly)).toHaveLength(5);
    expect(existsSync(building)).toBe(false);
    expect(await synthesize(folder)).toMatchObject({ fresh: false });
  },
);
