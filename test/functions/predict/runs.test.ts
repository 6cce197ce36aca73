/** GET /runs and /runs/{id}. */
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { s3Error } from '../support/fake-s3.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();

const put = (key: string, document: unknown) =>
  api.s3.objects.set(key, { body: Buffer.from(JSON.stringify(document)) });
const statusAt = (time: Date) => ({
  state: 'running',
  startedAt: time.toISOString(),
  updatedAt: time.toISOString(),
});

describe('GET /runs', () => {
  it('lists the runs, newest first, without what is no run', async () => {
    const later = statusAt(new Date('2026-11-25T08:00:00Z'));
    put(KEYS.status('later'), later);
    put(KEYS.runConfig('begun'), {});
    put('runs/no run/status.json', {});
    const { runs } = (await api.json('GET', '/runs')).answer;
    expect(runs.map(({ runId }: { runId: string }) => runId)).toEqual(['later', 'a', 'b', 'begun']);
    expect([runs[0].status, runs[3].status]).toEqual([later, null]);
  });

  it('lists none where none are, and at most 100 of many', async () => {
    api.empty();
    expect((await api.json('GET', '/runs')).answer).toEqual({ runs: [] });
    for (let i = 0; i < 103; i++) put(KEYS.status(`run-${i}`), statusAt(new Date(i * 1000)));
    const { runs } = (await api.json('GET', '/runs')).answer;
    expect(runs).toHaveLength(100);
    expect([runs[0].runId, runs[99].runId]).toEqual(['run-102', 'run-3']);
  });

  it('lists those of a sweep by the begin of their ids', async () => {
    const ids = ['sweep-0000', 'sweep-0001-r1', 'other-sweep-0000', 'sweeps'];
    for (const id of ids) put(KEYS.status(id), statusAt(new Date()));
    const { runs } = (await api.json('GET', '/runs', { query: { prefix: 'sweep-' } })).answer;
    expect(runs.map(({ runId }: { runId: string }) => runId).sort()).toEqual(['sweep-0000', 'sweep-0001-r1']);
    expect((await api.json('GET', '/runs', { query: { prefix: 'none' } })).answer).toEqual({ runs: [] });
    const { status, answer } = await api.json('GET', '/runs', { query: { prefix: 'a/b' } });
    expect(status).toBe(422);
    expect(answer).toEqual({ error: 'prefix: got "a/b", expected 1-80 of A-Z a-z 0-9 _ -', field: 'prefix' });
  });

  it('is 503 while the storage is not there', async () => {
    api.s3.fail(s3Error(500, 'InternalError'), ListObjectsV2Command);
    expect((await api.json('GET', '/runs')).status).toBe(503);
  });
});

describe('GET /runs/{id}', () => {
  it('answers config, status and metrics by step', async () => {
    const { status, answer } = await api.json('GET', '/runs/a');
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      runId: 'a',
      status: { state: 'succeeded', model: 'mnist', version: 1 },
      config: { totalSteps: 30 },
      metricsOmitted: 0,
    });
    expect(answer.metrics.map(({ step }: { step: number }) => step)).toEqual([0, 6, 12, 18, 24, 30]);
  });

  it('answers a run whose status is not written yet', async () => {
    api.s3.objects.delete(KEYS.status('a'));
    const { answer } = await api.json('GET', '/runs/a');
    expect(answer).toMatchObject({ status: null, config: { runId: 'a' } });
  });

  it('answers the newest of very many metrics', async () => {
    // Answered at once: the SDK's way through two thousand of them takes seconds.
    const metrics = api.s3.json(KEYS.metrics('a', 30));
    const stored = new Map(api.s3.objects);
    const Contents = Array.from({ length: 2003 }, (_, step) => ({ Key: KEYS.metrics('a', step) }));
    api.s3.always(ListObjectsV2Command, () => ({ Contents }));
    api.s3.always(GetObjectCommand, ({ Key }) => {
      const step = /metrics\/(\d+)/.exec(Key)?.[1];
      const body =
        step === undefined ? stored.get(Key)!.body : encodeJson({ ...metrics, step: Number(step) });
      return { ETag: '"1"', Body: { transformToByteArray: async () => body } };
    });
    const { answer } = await api.json('GET', '/runs/a');
    expect(answer.metrics).toHaveLength(2000);
    expect(answer.metricsOmitted).toBe(3);
    expect(answer.metrics.at(-1).step).toBe(2002);
  });

  it.each(['none', 'A', '-'])('answers 404 for %s, which no run has as its id', async (id) => {
    const { status, answer } = await api.json('GET', `/runs/${id}`);
    expect(status).toBe(404);
    expect(answer).toEqual({ error: `id: there is no run ${id}`, field: 'id' });
  });

  it.each(['%E0', '%', '..', 'a%2Fb', '{id}', 'a b', '__proto__.x', 'x'.repeat(81), 'é'])(
    'answers 404 for %j, which no run can have as its id',
    async (id) => {
      const { status, answer } = await api.json('GET', `/runs/${id}`);
      expect({ status, field: answer.field }).toEqual({ status: 404, field: 'id' });
      expect(answer.error).toContain('expected 1-80 of A-Z a-z 0-9 _ -');
    },
  );
});
