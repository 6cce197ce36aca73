/** SIGKILL in the middle of everything, and what else happens to machines: `npm start` recovers, or says what is wrong. */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRunName } from '../../../../functions/executions/names.ts';
import { killAgainAndAgain, runUndisturbed, type Timing } from '../../../../scripts/lab/kill-test/rounds.ts';
import type { PlannedKill } from '../../../../scripts/lab/kill-test/schedule.ts';
import { type FinishedRun, readStored } from '../../../../scripts/lab/kill-test/stored.ts';
import { isProof, needs, proofOnly } from '../../../support/needs.ts';
import { canMount, mountSmallDisk } from '../../../support/small-disk.ts';
import { copyOf, JOB, said, startOn, temporaryFolder, withApp } from './start.ts';

const DAY = 86_400_000;

let folder: string;
/** A data folder after an undisturbed start, and what it came to. */
let whole: string;
let timing: Timing;
let expected: FinishedRun;

beforeAll(async () => {
  folder = temporaryFolder();
  whole = withApp(join(folder, 'whole'));
  timing = await runUndisturbed(whole, JOB);
  expected = readStored(whole).runs[0]!;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every run on the folder came to the undisturbed run's bytes; so many did. */
function expectSameBytes(data: string, runs: number): void {
  expect(readStored(data).runs.map(({ sha256 }) => sha256)).toEqual(Array(runs).fill(expected.sha256));
}

describe('npm start', { timeout: 240_000, ...proofOnly }, () => {
  it('ends with the same bytes when a function is killed', {
    skip: process.platform !== 'linux',
  }, async () => {
    const data = withApp(join(folder, 'killed'));
    // A parent killed in TrainChunk is start.test.ts'; npm run kill-test has many more.
    const kill: PlannedKill = { victim: 'function', phase: 'TrainChunk', share: 0.3, synthesizes: false };
    const result = await killAgainAndAgain({ data, args: JOB, kills: 1, plan: () => kill, timing });
    expect(result.kills.map(({ victim }) => victim)).toEqual(['function']);
    expect(result).toMatchObject({ finished: 1, failed: [] });
    expect([...result.messages.keys()]).toEqual([
      expect.stringMatching(/attempt failed: Runtime\.ExitError: .*Runtime exited: SIGKILL/),
    ]);
    expectSameBytes(data, 1);
  });

  it('goes on when the clock jumps, in the middle or between two starts', async () => {
    const data = copyOf(whole);
    const clock = join(data, 'clock');
    const shift = (days: number) => writeFileSync(clock, String(days * DAY));
    const environment = {
      SHIFTED_CLOCK: clock,
      NODE_OPTIONS: `--import=${new URL('shifted-clock.mjs', import.meta.url).href}`,
    };
    shift(400);
    const killed = startOn(data, environment);
    await said(killed, /^ +0 +0 /m);
    const [, runId] = /^training run (\S+):/m.exec(killed.words)!;
    // The name of a run tells when it was started: the commands had the shifted clock, too.
    expect(runId! > newRunName('mnist', new Date(Date.now() + 399 * DAY))).toBe(true);
    shift(-800);
    killed.process.kill('SIGKILL');
    await killed.exit;
    shift(-30);
    const resumed = startOn(data, environment);
    await said(resumed, new RegExp(`^resuming run ${runId}:`, 'm'));
    shift(3000);
    expect(await resumed.exit, resumed.words).toBe(0);
    expect(resumed.stderr).toBe('');
    expectSameBytes(data, 2);
  });

  it.each([
    ['half of it is missing', (file: string) => truncateSync(file, 20_000_000)],
    ['it is something else', (file: string) => writeFileSync(file, 'x'.repeat(100_000))],
  ])('says that the store is damaged when %s, and leaves it as it is', async (_, damage) => {
    const data = copyOf(whole);
    const file = join(data, 's3.sqlite');
    damage(file);
    const before = readFileSync(file);
    const refused = startOn(data);
    expect(await refused.exit).toBe(1);
    expect(refused.stderr).toMatch(
      /^cannot open \S+s3\.sqlite: .+; the file is damaged: put a copy of it back/,
    );
    expect(Buffer.compare(readFileSync(file), before)).toBe(0);
    cpSync(join(whole, 's3.sqlite'), file);
    expectSameBytes(data, 1);
  });
});

describe('npm start on a small disk (only where mounting is allowed)', {
  timeout: 240_000,
  ...needs(isProof && canMount(), 'long, for npm run proof where mounting is allowed'),
}, () => {
  it('says that it is full, goes on once it isn’t, and says so at once when it begins on one', async () => {
    const disk = mountSmallDisk(1e9);
    try {
      cpSync(whole, disk.folder, { recursive: true });
      const used = 1e9 - disk.freeBytes();
      disk.remount(`size=${used + 1_500_000}`);
      const started = startOn(disk.folder);
      // Of a function that could not store anything, or of the store of executions.
      await said(started, /(attempt failed|executions wait): .*the disk is full: free some space/);
      disk.remount('size=1g');
      expect(await started.exit, started.words).toBe(0);
      expectSameBytes(disk.folder, 2);

      writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(1_000_000));
      disk.remount(`size=${2 ** 30 - disk.freeBytes()}`);
      const refused = startOn(disk.folder);
      expect(await refused.exit, refused.words).toBe(1);
      expect(refused.stderr).toContain('the disk is full: free some space and start again');
      disk.remount('size=1g');
      expectSameBytes(disk.folder, 2);
    } finally {
      disk.remove();
    }
  });

  it('says that the folder may not be written', async () => {
    const disk = mountSmallDisk(1e9);
    try {
      cpSync(whole, disk.folder, { recursive: true });
      disk.remount('ro');
      const refused = startOn(disk.folder);
      expect(await refused.exit).toBe(1);
      expect(refused.stderr).toMatch(
        /s3\.sqlite: .*; it may not be written: give this user the right to, or choose/,
      );
      disk.remount('rw');
      expectSameBytes(disk.folder, 1);
    } finally {
      disk.remove();
    }
  });
});
