/** An alarm's event in, the end of a trial out. */
import type { Context } from 'aws-lambda';
import { beforeEach, expect, it, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { handler } from '../../../functions/rollback-model/handler.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import alarm from './alarm-event.json' with { type: 'json' };

const TRIAL = { version: 3, history: [2], candidate: { version: 4, share: 0.1, mode: 'canary' } };
const s3 = s3WithContent();
beforeEach(() => {
  vi.stubEnv('BUCKET_NAME', 'bucket');
  setLatest(TRIAL);
  return () => vi.unstubAllEnvs();
});

const setLatest = (latest: object) => s3.objects.set(KEYS.latest('mnist'), { body: encodeJson(latest) });

/** The event with another state of the alarm, and metrics of these models. */
function alarmEvent(value: string, models: (string | undefined)[] = ['mnist', 'mnist']) {
  const { state, configuration, ...alarmData } = alarm.alarmData;
  const [expression, { metricStat }] = configuration.metrics as [object, { metricStat: { metric: object } }];
  const metrics = models.map((Model, index) => {
    const metric = { ...metricStat.metric, ...(Model === undefined ? {} : { dimensions: { Model } }) };
    return { id: `m${index}`, metricStat: { ...metricStat, metric }, returnData: false };
  });
  const ours = { ...configuration, metrics: [expression, ...metrics] };
  return { ...alarm, alarmData: { ...alarmData, state: { ...state, value }, configuration: ours } };
}
const invoke = async (event: unknown) => handler(event, {} as Context);
const latest = () => s3.json(KEYS.latest('mnist'));

it('ends the trial, and what served serves on', async () => {
  const outcome = { model: 'mnist', alarm: 'candidate-errors', ended: 4 };
  expect(await invoke(alarmEvent('ALARM'))).toEqual(outcome);
  expect(latest()).toEqual({ version: 3, history: [2] });
  // CloudWatch may invoke it twice: the second time there is no trial, and nothing goes further back.
  expect(await invoke(alarmEvent('ALARM'))).toEqual({ ...outcome, ended: null });
  expect(latest()).toEqual({ version: 3, history: [2] });
});

it.each(['OK', 'INSUFFICIENT_DATA'])('does nothing about an alarm that is %s', async (state) => {
  expect(await invoke(alarmEvent(state))).toMatchObject({ ended: null });
  expect(latest()).toEqual(TRIAL);
});

it('does nothing about a model that has nothing promoted', async () => {
  s3.objects.clear();
  expect(await invoke(alarmEvent('ALARM'))).toMatchObject({ ended: null });
  expect(s3.objects.size).toBe(0);
});

it.each<[string, unknown, string]>([
  ['no model', alarmEvent('ALARM', [undefined]), 'alarm candidate-errors: got metrics of []'],
  [
    'a model of a very long name',
    alarmEvent('ALARM', ['m'.repeat(5000)]),
    `alarm candidate-errors: got metrics of ["${'m'.repeat(78)}…, expected one dimension`,
  ],
  ['two models', alarmEvent('ALARM', ['a', 'b']), 'got metrics of ["a","b"], expected one dimension Model'],
  ['a name that no model has', alarmEvent('ALARM', ['../runs']), 'got metrics of ["../runs"]'],
  ['something else', { Records: [] }, 'event.alarmData: got nothing, expected object'],
])('refuses an event of %s', async (_what, event, message) => {
  await expect(invoke(event)).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining(message),
  });
  expect(latest()).toEqual(TRIAL);
});
