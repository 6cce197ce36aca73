/** Sweeps through the synthesized state machine and functions, on MNIST. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { modelVersion, runStatus, stepMetrics } from '../../../functions/schemas/documents.ts';
import { leaderboard, sweepRun } from '../../../functions/schemas/sweep.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { functionProcesses } from '../../../scripts/lab/kill-test/processes.ts';
import { howMany } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { run } from '../command.ts';

/** The last makes outputs that are no numbers, as the layers' products grow from step to step. */
const POOR = [1e-5, 1e-4, 3e-4, 2e-5, 3e-5, 5e-5, 2e-4, 4e-4, 5e-4, 6e-4].slice(0, howMany(3, 10));
const RATES = [...POOR, 0.05, 1000];
const BEST = RATES.indexOf(0.05);
const DIVERGING = RATES.indexOf(1000);
const CONFIG = {
  layers: [784, 50, 30, 10],
  activation: 'identity',
  weightInit: { kind: 'he' },
  iterations: 60,
};

const app = useCloud({ hasMnist: true });
const { folder } = app;

const boardOf = (sweepId: string) => getDocument(app.store, leaderboard, KEYS.sweepLeaderboard(sweepId));

/** Attempts that ended because their function's process did. */
async function attemptsLost(name: string): Promise<number> {
  const machine = app.output('sweepStateMachine');
  const events = await app.wholeHistory(`${machine.replace(':stateMachine:', ':execution:')}:${name}`);
  return events.filter(
    ({ lambdaFunctionFailedEventDetails: failed }) => failed?.error === 'Runtime.ExitError',
  ).length;
}

/** Ends processes that train until the execution has lost so many attempts. */
async function killTraining(name: string, attempts: number, hasEnded: () => boolean): Promise<void> {
  while (!hasEnded()) {
    await sleep(100);
    const training = functionProcesses(process.pid).filter(({ functionName }) =>
      functionName.includes('StartRun'),
    );
    if (training.length === 0) continue;
    if ((await attemptsLost(name)) >= attempts) return;
    process.kill(training[0]!.pid, 'SIGKILL');
  }
}

/** What the runs of the sweep's rungs have recorded last. */
async function costOf(sweepId: string, rungs: number): Promise<number> {
  let sum = 0;
  for (let rung = 0; rung < rungs; rung++) {
    for (const { runId } of await getDocument(app.store, sweepRun.array(), KEYS.sweepRuns(sweepId, rung))) {
      const last = (await app.store.list(KEYS.metricsPrefix(runId))).at(-1)!;
      sum += (await getDocument(app.store, stepMetrics, last)).timing.runDollars;
    }
  }
  return sum;
}

describe('a sweep', () => {
  it('of many learning rates promotes the best one, whoever is killed and though one diverges', async () => {
    let hasEnded = false;
    const input = { config: CONFIG, grid: { learningRate: RATES }, maxDollars: 1, model: 'swept' };
    const running = app.execute('sweepStateMachine', 'sweep', input).finally(() => {
      hasEnded = true;
    });
    const kills = howMany(1, 2);
    await killTraining('sweep', kills, () => hasEnded);
    const execution = await running;
    expect(execution.cause ?? '').toBe('');
    expect(await attemptsLost('sweep')).toBeGreaterThanOrEqual(kills);
    const board = await boardOf('sweep');
    expect(board).toMatchObject({ metric: 'testAccuracy', maxDollars: 1, stopped: null, model: 'swept' });
    expect(board.entries).toHaveLength(RATES.length);
    const [first, second] = board.entries;
    expect(first).toMatchObject({ rank: 1, trial: BEST, differences: { learningRate: 0.05 }, step: 60 });
    expect(first!.value).toBeGreaterThan(second!.value! + 0.1);
    const failed = board.entries.filter(({ state }) => state === 'failed');
    expect(failed).toEqual([
      expect.objectContaining({
        rank: null,
        trial: DIVERGING,
        value: null,
        reason: expect.stringContaining('TrainingDivergedError'),
      }),
    ]);
    expect(await getDocument(app.store, runStatus, KEYS.status(failed[0]!.runId))).toMatchObject({
      state: 'failed',
    });
    // What each run has recorded, and nothing else.
    expect(board.dollars).toBeCloseTo(await costOf('sweep', 1), 12);
    expect(board.dollars).toBeCloseTo(
      board.entries.reduce((sum, { dollars }) => sum + dollars, 0),
      12,
    );
    expect(board.dollars).toBeLessThanOrEqual(1);

    expect(JSON.parse(execution.output!)).toMatchObject({
      runId: first!.runId,
      model: 'swept',
      version: 1,
      promoted: true,
      testAccuracy: first!.value,
    });
    expect(await app.store.list(KEYS.versionsPrefix('swept'))).toEqual([KEYS.version('swept', 1)]);
    const { checkpoint } = await getDocument(app.store, modelVersion, KEYS.version('swept', 1));
    expect(checkpoint).toEqual(board.best!.checkpoint);
  });
});

describe('npm run sweep', () => {
  it('shows the progress, halves, and prints the leaderboard and what was promoted', async () => {
    const path = join(folder, 'sweep.json');
    const input = {
      config: { ...CONFIG, model: 'halved' },
      random: { samples: 4, seed: 1, space: { learningRate: { min: 0.0001, max: 0.1, log: true } } },
      halving: { firstIterations: 20, eta: 2 },
    };
    writeFileSync(path, JSON.stringify(input));
    const command = run('commands/sweep.ts', ['--config', path, '--data', folder, '--name', 'cli']);
    expect(await command.exit, command.stderr).toBe(0);
    expect(command.stderr).toBe('');
    const lines = command.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('sweep cli started');
    expect(command.stdout).toMatch(
      / {2}rung 3 of 3: 1 of 1 runs ended, best testAccuracy 0\.\d{4} with learningRate /,
    );
    const { entries, dollars } = await boardOf('cli');
    expect(entries.map(({ rung }) => rung)).toEqual([2, 1, 0, 0]);
    expect(dollars).toBeCloseTo(await costOf('cli', 3), 12);
    const [first] = entries;
    expect(lines.at(-6)).toContain(`  ${first!.runId}  learningRate ${first!.differences.learningRate}`);
    expect(lines.at(-2)).toMatch(/^4 configs, \$0\.\d+$/);
    expect(lines.at(-1)).toBe(`promoted as halved version 1, test accuracy ${first!.value!.toFixed(4)}`);
  });

  it('of hidden layers compares networks of different sizes, of which the best is promoted', async () => {
    const path = join(folder, 'hidden.json');
    const grid = { hidden: [[16], [32, 12]], learningRate: [1e-5, 0.3] };
    const config = { iterations: 60, weightInit: { kind: 'xavier' }, model: 'sized' };
    writeFileSync(path, JSON.stringify({ config, grid }));
    const command = run('commands/sweep.ts', ['--config', path, '--data', folder, '--name', 'hidden']);
    expect(await command.exit, command.stderr).toBe(0);
    const { entries } = await boardOf('hidden');
    const tried = entries.map(({ differences }) => differences);
    expect(tried).toHaveLength(4);
    expect(tried).toEqual(
      expect.arrayContaining(
        grid.hidden.flatMap((hidden) => grid.learningRate.map((learningRate) => ({ hidden, learningRate }))),
      ),
    );
    expect(command.stdout).toMatch(/ {2}hidden-0003 {2}hidden \[32,12\], learningRate 0\.3$/m);
    const runs = await getDocument(app.store, sweepRun.array(), KEYS.sweepRuns('hidden', 0));
    expect(runs.map(({ config: { layers } }) => layers)).toEqual([
      [784, 16, 10],
      [784, 16, 10],
      [784, 32, 12, 10],
      [784, 32, 12, 10],
    ]);
    // What is served has the sizes of the first on the board.
    const [best] = entries;
    const { config: served, runId } = await getDocument(app.store, modelVersion, KEYS.version('sized', 1));
    expect(runId).toBe(best!.runId);
    expect(served.layers).toEqual([784, ...(best!.differences.hidden as number[]), 10]);
    expect(best!.differences.learningRate).toBe(0.3);
  });

  it('says how it is used', async () => {
    const command = run('commands/sweep.ts', ['--data', folder]);
    expect(await command.exit).toBe(2);
    expect(command.stderr).toContain('npm run sweep -- --config FILE');
  });
});
