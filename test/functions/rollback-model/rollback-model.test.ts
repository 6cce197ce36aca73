/** An alarm's event in, the end of a trial out. */
import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { handler } from '../../../functions/rollback-model/handler.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { s3WithContent } from '../support/fake-s3.ts';

const TRIAL = { version: 3, history: [2], candidate: { version: 4, share: 0.1, mode: 'canary' } };
const s3 = s3WithContent();
beforeEach(() => {
  vi.stubEnv('BUCKET_NAME', 'bucket');
  setLatest(TRIAL);
  return () => vi.unstubAllEnvs();
});

const setLatest = (latest: object) => s3.objects.set(KEYS.latest('mnist'), { body: encodeJson(latest) });

/** As CloudWatch sends it for an alarm on an expression over two metrics. */
function alarmEvent(value: string, models: (string | undefined)[] = ['mnist', 'mnist']) {
  return {
    source: 'aws.cloudwatch',
    alarmArn: 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:candidate-errors',
    accountId: '123456789012',
    time: '2026-11-24T08:00:00.000+0000',
    region: 'eu-central-1',
    alarmData: {
      alarmName: 'candidate-errors',
      state: { value, reason: 'Threshold Crossed', timestamp: '2026-11-24T08:00:00.000+0000' },
      previousState: { value: 'OK', timestamp: '2026-11-24T07:00:00.000+0000' },
      configuration: {
        description: 'The version on trial fails.',
        metrics: [
          { id: 'expr_1', expression: 'errors / requests', label: 'errors', returnData: true },
          ...models.map((Model, index) => ({
            id: `m${index}`,
            metricStat: {
              metric: {
                namespace: 'stepnet',
                name: 'CandidateErrors',
                ...(Model === undefined ? {} : { dimensions: { Model } }),
              },
              period: 60,
              stat: 'Sum',
            },
            returnData: false,
          })),
        ],
      },
    },
  };
}
const invoke = async (event: unknown) => handler(event, {} as Context);
const latest = () => s3.json(KEYS.latest('mnist'));

describe('rollback-model', () => {
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
});
