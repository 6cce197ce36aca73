/** Synthesis that is killed, and an assembly that has lost something: both are noticed, and made good. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { synthesize } from '../../../scripts/build/synthesize.ts';
import { readAssembly } from '../../../scripts/cloud/assembly.ts';
import { groupMembers, killIfThere } from '../../../scripts/lab/kill-test/processes.ts';
import { isProof, needs } from '../../support/needs.ts';

const MODULE = new URL('../../../scripts/build/synthesize.ts', import.meta.url);
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

it(
  'a damaged assembly is made again; killed at that, nobody goes on, and the next one starts over',
  needs(isProof && process.platform === 'linux', 'long, for npm run proof on Linux'),
  async () => {
    const assembly = join(folder, 'cdk.out');
    const bundle = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith('index.cjs'),
    );
    truncateSync(join(assembly, bundle!), 1000);

    const child = synthesizeElsewhere();
    const building = join(folder, `cdk.out.${child.pid}`);
    try {
      // The app is at work once it has bundled something.
      await vi.waitUntil(() => existsSync(building) && readdirSync(building).length > 0, {
        timeout: 120_000,
        interval: 10,
      });
      expect(groupMembers(child.pid!).length).toBeGreaterThan(1);
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
