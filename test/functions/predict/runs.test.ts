/** GET /runs and /runs/{id}. */
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { rebuildIndex } from '../../../functions/run-index/fold.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3Error } from '../support/fake-s3.ts';
import { predictApi } from '../support/predict-api.ts';

const api = predictApi();
const store = createS3Store('bucket');
const idsOf = (runs: { runId: string }[]) => runs.map(({ runId }) => runId);

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
    // Without an index, which a bucket of an earlier version hasn't.
    api.s3.objects.delete(KEYS.runIndex);
    const { runs, indexed } = (await api.json('GET', '/runs')).answer;
    expect(idsOf(runs)).toEqual(['later', 'b', 'a', 'begun']);
    expect([runs[0].status, runs[3].status, indexed]).toEqual([later, null, false]);
  });

  it('lists from the index what it lists without, by pages of any length', async () => {
    for (let i = 0; i < 7; i++) put(KEYS.status(`run-${i}`), statusAt(new Date(Date.UTC(2026, 10, 20 + i))));
    await rebuildIndex(store, new Date());
    const whole = (await api.json('GET', '/runs')).answer;
    expect([whole.indexed, whole.next]).toEqual([true, null]);
    expect(idsOf(whole.runs)).toEqual([
      'run-6',
      'run-5',
      'b',
      'a',
      'run-4',
      'run-3',
      'run-2',
      'run-1',
      'run-0',
    ]);
    for (const isIndexed of [true, false]) {
      if (!isIndexed) api.s3.objects.delete(KEYS.runIndex);
      const pages: { runs: { runId: string }[]; next: string | null; indexed: boolean }[] = [];
      do {
        const cursor = pages.at(-1)?.next;
        const query = { limit: '4', ...(cursor == null ? {} : { cursor }) };
        pages.push((await api.json('GET', '/runs', { query })).answer);
      } while (pages.at(-1)!.next !== null);
      expect(pages.map(({ runs }) => runs.length)).toEqual([4, 4, 1]);
      expect(pages.flatMap(({ runs }) => runs)).toEqual(whole.runs);
      expect(pages[0]!.indexed).toBe(isIndexed);
    }
  });

  it.each([
    ['limit', '0', 'expected an integer from 1 to 100'],
    ['limit', '101', 'expected an integer from 1 to 100'],
    ['cursor', 'yesterday', 'expected what an answer before had as its next'],
  ])('refuses %s=%s', async (field, value, rule) => {
    const { status, answer } = await api.json('GET', '/runs', { query: { [field]: value } });
    expect(status).toBe(422);
    expect(answer.error).toContain(`${field}: got `);
    expect(answer.error).toContain(rule);
  });

  it('lists none where none are, and at most 100 of many', async () => {
    api.empty();
    expect((await api.json('GET', '/runs')).answer).toEqual({ runs: [], next: null, indexed: false });
    for (let i = 0; i < 103; i++) put(KEYS.status(`run-${i}`), statusAt(new Date(i * 1000)));
    const { runs } = (await api.json('GET', '/runs')).answer;
    expect(runs).toHaveLength(100);
    expect([runs[0].runId, runs[99].runId]).toEqual(['run-102', 'run-3']);
  });

  it('lists those of a sweep by the begin of their ids', async () => {
    const ids = ['sweep-0000', 'sweep-0001-r1', 'other-sweep-0000', 'sweeps'];
    for (const id of ids) put(KEYS.status(id), statusAt(new Date()));
    await rebuildIndex(store, new Date());
    const { runs } = (await api.json('GET', '/runs', { query: { prefix: 'sweep-' } })).answer;
    expect(runs.map(({ runId }: { runId: string }) => runId).sort()).toEqual(['sweep-0000', 'sweep-0001-r1']);
    expect((await api.json('GET', '/runs', { query: { prefix: 'none' } })).answer.runs).toEqual([]);
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

  it('answers what has come since a step', async () => {
    const since = async (step: string) => {
      const { status, answer } = await api.json('GET', '/runs/a', { query: { since: step } });
      return status === 200 ? answer.metrics.map((metrics: { step: number }) => metrics.step) : answer;
    };
    expect(await since('-1')).toEqual([0, 6, 12, 18, 24, 30]);
    expect(await since('17')).toEqual([18, 24, 30]);
    expect(await since('18')).toEqual([24, 30]);
    expect(await since('30')).toEqual([]);
    expect(await since('1.5')).toMatchObject({ field: 'since' });
  });

  it.each(['is damaged', 'is not there', 'lacks some', 'names a segment that is damaged'])(
    'answers the same when the index of metrics %s',
    async (what) => {
      const before = (await api.json('GET', '/runs/a')).answer;
      const key = KEYS.metricsIndex('a');
      const index = api.s3.json(key) as { last: number; recent: { step: number }[] };
      expect(index.recent.length).toBeGreaterThan(5);
      if (what === 'is damaged') api.s3.objects.damage(key, 3);
      if (what === 'is not there') api.s3.objects.delete(key);
      if (what === 'lacks some')
        put(key, { ...index, recent: index.recent.filter(({ step }) => step !== 12) });
      if (what.startsWith('names')) {
        const segment = { key: `${key}-1`, sha256: 'a'.repeat(64), from: 0, to: 12, documents: 3 };
        put(segment.key, []);
        put(key, { ...index, segments: [segment], recent: index.recent.filter(({ step }) => step > 12) });
      }
      expect((await api.json('GET', '/runs/a')).answer).toEqual(before);
      expect((await api.json('GET', '/runs/a', { query: { since: '-1' } })).answer.metrics).toEqual(
        before.metrics,
      );
    },
  );

  it('answers a run whose status is not written yet', async () => {
    api.s3.objects.delete(KEYS.status('a'));
    const { answer } = await api.json('GET', '/runs/a');
    expect(answer).toMatchObject({ status: null, config: { runId: 'a' } });
  });

  it('answers the newest of very many metrics', async () => {
    // Answered at once: the SDK's way through two thousand of them takes seconds.
    const metrics = api.s3.json(KEYS.metrics('a', 30));
    const stored = new Map(api.s3.objects);
    const Contents = Array.from({ length: 2003 }, (_, step) => ({ Key: KEYS.metrics('a', step), Size: 1 }));
    api.s3.always(ListObjectsV2Command, () => ({ Contents }));
    api.s3.always(GetObjectCommand, ({ Key }) => {
      const step = /metrics\/(\d+)/.exec(Key)?.[1];
      const body =
        step === undefined ? stored.get(Key)!.body : encodeJson({ ...metrics, step: Number(step) });
      return { ETag: '"1"', Body: { transformToByteArray: async () => body } };
    });
    const { answer } = await api.json('GET', '/runs/a');
    expect(answer.metrics).toHaveLength(900);
    expect(answer.metricsOmitted).toBe(1103);
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
