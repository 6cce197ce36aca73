import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { promoteModel } from '../../../functions/promote-model/promote-model.ts';
import { recordFailure } from '../../../functions/record-failure/record-failure.ts';
import { setRunning, setStopped } from '../../../functions/run/status.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { NOW, tinyRuns } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
const runs = tinyRuns(store);
const RUN = { totalSteps: 30, config: { ...DEFAULT_JOB, learningRate: 0.25 } };
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const s3 = s3WithContent(runs.prepare);
const status = () => s3.json(KEYS.status('run'));

it('a StartRun that Lambda runs twice does not bring a run that has succeeded back to life', async () => {
  const progress = await runs.trained('run');
  await promoteModel({ ...progress, store, gitRevision: 'abc', now: later(60) });
  await runs.start('run', {}, NOW);
  expect(status()).toMatchObject({ state: 'succeeded', version: 1 });
  await runs.start('run', {}, later(120));
  expect(status()).toMatchObject({ state: 'succeeded', version: 1 });
});

it('nor one that has failed since it was invoked; one that is invoked later does', async () => {
  await setRunning(store, 'run', RUN, NOW);
  const failure = { store, runId: 'run', error: 'States.Timeout', cause: 'too slow' };
  await recordFailure({ ...failure, now: later(60) });
  expect(await setRunning(store, 'run', RUN, later(59))).toBe(NOW.toISOString());
  expect(status()).toMatchObject({ state: 'failed', reason: 'too slow' });
  await setRunning(store, 'run', RUN, later(61));
  expect(status()).toMatchObject({ state: 'running', startedAt: NOW.toISOString() });
});

it('says that somebody has stopped it, until an execution takes it up that was begun later', async () => {
  await setStopped(store, 'run', NOW);
  expect(s3.objects.has(KEYS.status('run'))).toBe(false);
  await setRunning(store, 'run', RUN, NOW);
  await setStopped(store, 'run', later(60));
  expect(status()).toMatchObject({ state: 'running', totalSteps: 30, stoppedAt: later(60).toISOString() });
  // One that was under way when it was stopped.
  await setRunning(store, 'run', RUN, later(59));
  expect(status().stoppedAt).toBe(later(60).toISOString());
  await setRunning(store, 'run', RUN, later(61));
  expect(status()).toMatchObject({ state: 'running', startedAt: NOW.toISOString() });
  expect(status()).not.toHaveProperty('stoppedAt');
});

it('is not said to be stopped once it has ended', async () => {
  await setRunning(store, 'run', RUN, NOW);
  await recordFailure({ store, runId: 'run', error: 'States.Timeout', cause: 'too slow', now: later(60) });
  await setStopped(store, 'run', later(61));
  expect(status()).toMatchObject({ state: 'failed' });
  expect(status()).not.toHaveProperty('stoppedAt');
});

it('has what a list of runs shows of one: its config, also after it has failed, and what it ended with', async () => {
  const dataset = { name: 'mine', like: 'mnist', from: 'https://example.com/' };
  await setRunning(store, 'run', { ...RUN, config: { ...RUN.config, dataset } }, NOW);
  const settings = { ...RUN.config, dataset: 'mine' };
  expect(status().settings).toEqual(settings);
  await recordFailure({ store, runId: 'run', error: 'States.Timeout', cause: 'too slow', now: later(60) });
  expect(status()).toMatchObject({ state: 'failed', settings });

  const progress = await runs.trained('other');
  await promoteModel({ ...progress, store, gitRevision: 'abc', now: later(60) });
  // biome-ignore lint/suspicious/noExplicitAny: JSON documents that the test looks into
  const document = (key: string): any => s3.json(key);
  const ended = document(KEYS.metrics('other', progress.step));
  expect(s3.json(KEYS.status('other'))).toMatchObject({
    settings: { learningRate: document(KEYS.runConfig('other')).config.learningRate },
    figures: { epoch: ended.epoch, testAccuracy: ended.testAccuracy, dollars: ended.timing.runDollars },
  });
});
