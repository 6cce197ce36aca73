/** Stopping a run: everything that works on it, whatever is seen of it at the time. */
import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { stopRun } from '../../../functions/executions/at-work.ts';
import type { Executions } from '../../../functions/executions/step-functions.ts';
import { manageStand } from '../manage/stand.ts';
import { NOW } from '../support/tiny-run.ts';

const stand = manageStand();
const stop = (runId: string, executions: Partial<Executions> = {}) => {
  const { real } = stand;
  const all: Executions = {
    arnOf: (name) => real.arnOf(name),
    start: (name, input) => real.start(name, input),
    find: (name) => real.find(name),
    running: () => real.running(),
    stop: (name) => real.stop(name),
    ...executions,
  };
  return stopRun({ store: stand.store, executions: all, now: () => NOW }, runId);
};
const stillRunning = async () => {
  const names: string[] = [];
  for await (const name of stand.real.running()) names.push(name);
  return names;
};

it('stops all of its executions and no other run, and says under which name it goes on', async () => {
  for (const name of ['run', 'run.3', 'runaway', 'run-2.1']) await stand.real.start(name, '{}');
  expect(await stop('run')).toEqual({ outcome: 'stopped', names: ['run.3', 'run'], next: 'run.1' });
  expect(await stillRunning()).toEqual(['run-2.1', 'runaway']);
});

it('also stops the one that was just started to go on', async () => {
  await stand.real.start('run', '{}');
  const started = await stop('run', {
    async stop(name) {
      if (name === 'run') await stand.real.start('run.1', '{}');
      await stand.real.stop(name);
    },
  });
  expect(started).toEqual({ outcome: 'stopped', names: ['run', 'run.1'], next: 'run.2' });
  expect(await stillRunning()).toEqual([]);
});

it('also stops one that the list does not show yet, and once one that is said to run on', async () => {
  await stand.real.start('run', '{}');
  let stops = 0;
  const outcome = await stop('run', {
    running: async function* () {},
    find: async (name) => (name === 'run' ? { status: 'RUNNING', input: '{}' } : undefined),
    async stop(name) {
      stops++;
      await stand.real.stop(name);
    },
  });
  expect(outcome).toEqual({ outcome: 'stopped', names: ['run'], next: 'run.1' });
  expect(stops).toBe(1);
  expect(await stillRunning()).toEqual([]);
});

it('of a run that has begun says in its status that it was stopped', async () => {
  await stand.runs.start('run');
  await stand.real.start('run', '{}');
  await stop('run');
  expect(stand.s3.json(KEYS.status('run'))).toMatchObject({ state: 'running', stoppedAt: NOW.toISOString() });
  expect(await stop('run')).toEqual({ outcome: 'stopped', names: [], next: 'run.1' });
});

it('leaves one alone that has succeeded, and stops one that has failed and goes on', async () => {
  await stand.runs.release('run');
  await stand.real.start('run', '{}');
  expect(await stop('run')).toEqual({ outcome: 'ended', state: 'succeeded' });
  expect(await stillRunning()).toEqual(['run']);

  const times = { startedAt: NOW.toISOString(), updatedAt: NOW.toISOString() };
  const failed = { state: 'failed', ...times };
  stand.s3.objects.set(KEYS.status('other'), { body: Buffer.from(JSON.stringify(failed)) });
  expect(await stop('other')).toEqual({ outcome: 'ended', state: 'failed' });
  await stand.real.start('other.1', '{}');
  expect(await stop('other')).toMatchObject({ outcome: 'stopped', names: ['other.1'] });
  expect(stand.s3.json(KEYS.status('other'))).toEqual(failed);
});

it('knows no run that has neither documents nor executions, and none of a sweep', async () => {
  expect(await stop('nobody')).toEqual({ outcome: 'unknown' });
  await stand.runs.start('tried', {}, NOW, { sweep: { id: 'many', trial: 0, rung: 0 } });
  expect(await stop('tried')).toEqual({ outcome: 'ofSweep', sweep: 'many' });
  expect(await stand.post('/runs/tried/stop')).toMatchObject({
    status: 409,
    answer: { error: expect.stringContaining('one of the sweep many') },
  });
});
