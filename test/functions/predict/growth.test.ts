/**
 * However much there is, an answer takes ten requests to S3 at most, and is what reading all objects one by one says.
 * What is there stands in a bucket as the functions leave it; scripts/lab/growth.ts measures the times.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { findLatest } from '../../../functions/models/versions.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { grow } from '../../../scripts/lab/growth/grow.ts';
import { howMany } from '../../support/needs.ts';
import { type FakeS3, fakeS3 } from '../support/fake-s3.ts';
import { httpApi } from '../support/http-api.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const MOST = 10;
const RUNS = howMany(2_000, 10_000);
const VERSIONS = howMany(1_500, 10_000);
const EVALUATIONS = howMany(2_500, 20_000);

const http = httpApi();
const { prepare, trained, promote } = tinyRuns(http.store);
let s3: FakeS3;

beforeAll(async () => {
  s3 = fakeS3();
  s3.pageKeys = 1000;
  await prepare();
  const first = await trained('first');
  await promote(first);
  await grow(
    { store: createS3Store('bucket'), put: (key, body) => s3.objects.set(key, { body }) },
    { runId: 'first', model: 'mnist' },
    { runs: RUNS, versions: VERSIONS, evaluations: EVALUATIONS },
  );
}, 300_000);

async function ask(path: string, query: Record<string, string> = {}) {
  s3.calls.length = 0;
  const { status, answer } = await http.json('GET', path, { query });
  expect(status).toBe(200);
  expect(s3.calls.length).toBeLessThanOrEqual(MOST);
  return answer;
}

describe('GET /runs of very many', () => {
  it('lists any page', async () => {
    const newest = await ask('/runs');
    expect(newest.indexed).toBe(true);
    expect(newest.runs).toHaveLength(100);
    expect(newest.runs[1].status).toEqual(s3.json(KEYS.status(newest.runs[1].runId)));
    const ids = new Set<string>();
    let next: string | null = null;
    do {
      const page: { runs: { runId: string }[]; next: string | null } = await ask(
        '/runs',
        next === null ? {} : { cursor: next },
      );
      for (const { runId } of page.runs) ids.add(runId);
      next = page.next;
    } while (next !== null);
    expect(ids.size).toBe(RUNS + 1);
  });

  it('finds those whose ids begin so, however old they are', async () => {
    const found: string[] = [];
    let next: string | null = null;
    let pages = 0;
    do {
      const page: { runs: { runId: string }[]; next: string | null } = await ask('/runs', {
        prefix: 'grown-0012',
        ...(next === null ? {} : { cursor: next }),
      });
      found.push(...page.runs.map(({ runId }) => runId));
      next = page.next;
      pages++;
    } while (next !== null);
    expect(found).toHaveLength(10);
    expect(pages).toBeLessThan(10);
  });
});

describe('GET /runs/{id} of very many evaluations', () => {
  it('has the newest', async () => {
    const { metrics, metricsOmitted } = await ask('/runs/first');
    expect(metrics.length).toBeGreaterThanOrEqual(500);
    expect(metrics.length + metricsOmitted).toBe(EVALUATIONS);
    const steps = metrics.map(({ step }: { step: number }) => step);
    expect(steps.at(-1)).toBe(EVALUATIONS - 1);
    expect(steps).toEqual(steps.toSorted((a: number, b: number) => a - b));
    expect(JSON.stringify(metrics).length).toBeLessThan(4_000_000);
  });

  it('has what has come since a step, and all of it page by page', async () => {
    const few = await ask('/runs/first', { since: String(EVALUATIONS - 4) });
    expect(few.metrics.map(({ step }: { step: number }) => step)).toEqual([
      EVALUATIONS - 3,
      EVALUATIONS - 2,
      EVALUATIONS - 1,
    ]);
    expect(few.metricsOmitted).toBe(0);
    expect((await ask('/runs/first', { since: String(EVALUATIONS - 1) })).metrics).toEqual([]);
    let since = -1;
    let count = 0;
    for (let left = 1; left > 0; ) {
      const { metrics, metricsOmitted } = await ask('/runs/first', { since: String(since) });
      expect(metrics[0].step).toBe(since + 1);
      count += metrics.length;
      since = metrics.at(-1).step;
      left = metricsOmitted;
    }
    expect([since, count]).toEqual([EVALUATIONS - 1, EVALUATIONS]);
  });
});

describe('very many versions', () => {
  it('are listed page by page', async () => {
    const { versions, versionsOmitted, latest } = await ask('/models/mnist');
    expect(latest).toBe(1);
    expect(versions.map(({ version }: { version: number }) => version)).toEqual(
      Array.from({ length: 100 }, (_, index) => VERSIONS - index),
    );
    expect(versionsOmitted).toBe(VERSIONS - 100);
    const older = await ask('/models/mnist', { before: '1000' });
    expect(older.versions[0].version).toBe(999);
    expect(older.versions).toHaveLength(100);
    expect((await ask('/models')).models).toEqual([{ name: 'mnist', version: 1 }]);
  });

  it('cost a promotion no more requests than a few do', async () => {
    const end = await trained('last', { seed: 1 });
    const count = async (act: () => Promise<unknown>) => {
      s3.calls.length = 0;
      await act();
      return s3.calls.length;
    };
    const many = await count(() => promote(end));
    expect(await findLatest(http.store, 'mnist')).toMatchObject({ version: VERSIONS + 1 });
    expect(many).toBeLessThan(35);
  });
});
