/**
 * `node scripts/lab/growth.ts`: what lists take of a bucket with few and with very many runs, versions and evaluations:
 * requests to S3, and milliseconds on the clock and of the processor, which other work disturbs less. The embedded S3
 * is in the same process, behind HTTP, so that its time is in them.
 */
import { performance } from 'node:perf_hooks';
import { KEYS } from '../../functions/contract/keys.ts';
import { versionsOf } from '../../functions/models/versions.ts';
import { metricsOf } from '../../functions/run-index/metrics.ts';
import { readRuns } from '../../functions/run-index/page.ts';
import { DEFAULT_JOB } from '../../functions/schemas/config.ts';
import { encodeJson } from '../../functions/store/json.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { documentsAfter, newestOf } from '../../functions/store/series.ts';
import { answerWhole } from '../cloud/s3/core.ts';
import { type S3Server, startS3Server } from '../cloud/s3/server.ts';
import { median } from '../support/statistics.ts';
import { describeMachine } from './bench/machine.ts';
import { machineLine } from './bench/table.ts';
import { grow, type Size } from './growth/grow.ts';

const TIMES = 15;
const SIZES: readonly Size[] = [
  { runs: 100, versions: 100, evaluations: 100 },
  { runs: 10_000, versions: 10_000, evaluations: 20_000 },
];
const LIKE = { runId: 'first', model: 'mnist' };
const BUCKET = 'growth';

/** What each list of the API reads. */
const LISTS: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  'GET /runs': (store) => readRuns(store, { limit: 100 }),
  'GET /runs, an old cursor': (store) =>
    readRuns(store, { limit: 100, after: { startedAt: '2026-11-20T00:00:00.000Z', runId: '' } }),
  'GET /runs/{id}': (store) => newestOf(store, metricsOf(LIKE.runId), 900),
  'GET /runs/{id}?since=50': (store) => documentsAfter(store, metricsOf(LIKE.runId), 50, 900),
  'GET /models/{model}': (store) => newestOf(store, versionsOf(LIKE.model), 100),
};

const FIGURES = { trainAccuracy: 0.95, testAccuracy: 0.94, trainLoss: 0.2, testLoss: 0.21, testCost: null };
const AT = '2026-11-24T08:00:00.000Z';

/** A run of the textbook job, as the functions leave it. */
function documentsOfRun(): [key: string, document: object][] {
  const checkpoint = { key: KEYS.checkpoint(LIKE.runId, 0), sha256: 'a'.repeat(64), bytes: 159_044 };
  const phases = { loadMs: 300, trainMs: 900, evaluateMs: 200, saveMs: 30 };
  const cost = { imagesPerSecond: 400_000, billedMs: 2000, estimatedDollars: 5e-5, runDollars: 5e-4 };
  const { dataset, ...settings } = DEFAULT_JOB;
  return [
    [
      KEYS.status(LIKE.runId),
      {
        state: 'succeeded',
        startedAt: AT,
        updatedAt: AT,
        totalSteps: 10_000,
        settings: { ...settings, dataset: 'mnist' },
        figures: { epoch: 16.7, loss: 0.2, ...FIGURES, dollars: 5e-4 },
        model: LIKE.model,
        version: 1,
        promoted: true,
      },
    ],
    [
      KEYS.metrics(LIKE.runId, 0),
      {
        formatVersion: 1,
        step: 0,
        epoch: 0,
        loss: 0.2,
        ...FIGURES,
        outputs: null,
        checkpoint,
        timing: { ...cost, ...phases, s3Reads: 12, s3Writes: 4 },
      },
    ],
    [
      KEYS.version(LIKE.model, 1),
      {
        formatVersion: 1,
        ...LIKE,
        version: 1,
        step: 0,
        checkpoint,
        metrics: { loss: 0.2, ...FIGURES, outputs: null },
        config: DEFAULT_JOB,
        dataset: { name: 'mnist', manifestSha256: 'b'.repeat(64) },
        gitRevision: 'unknown',
        promotedAt: AT,
      },
    ],
  ];
}

async function fill(server: S3Server, store: ObjectStore, size: Size): Promise<void> {
  const put = (key: string, body: Uint8Array) => {
    const headers = { host: 's3', 'content-length': String(body.length) };
    const request = { id: 'grow', method: 'PUT', target: `/${BUCKET}/${key}`, headers, body };
    const { status } = answerWhole(server.store, request);
    if (status !== 200) throw new Error(`${key} could not be stored: ${status}`);
  };
  for (const [key, document] of documentsOfRun()) put(key, encodeJson(document));
  await grow({ store, put }, LIKE, size);
}

console.log(machineLine(describeMachine()));
for (const size of SIZES) {
  let requests = 0;
  const count = async () => {
    requests++;
  };
  const server = await startS3Server({ file: ':memory:', onRequest: count });
  try {
    server.createBucket(BUCKET);
    const credentials = { accessKeyId: 'growth', secretAccessKey: 'growth' };
    const store = createS3Store(BUCKET, { endpoint: server.endpoint, region: 'us-east-1', credentials });
    await fill(server, store, size);
    console.log(
      `${size.runs} runs, ${size.versions} versions, ${size.evaluations} evaluations; medians of ${TIMES}:`,
    );
    for (const [name, list] of Object.entries(LISTS)) {
      const [clock, processor]: [number[], number[]] = [[], []];
      await list(store);
      requests = 0;
      for (let time = 0; time < TIMES; time++) {
        const [begun, used] = [performance.now(), process.cpuUsage()];
        await list(store);
        clock.push(performance.now() - begun);
        const { user, system } = process.cpuUsage(used);
        processor.push((user + system) / 1000);
      }
      const [onClock, ofProcessor] = [clock, processor].map((ms) => median(ms).toFixed(1));
      console.log(`  ${name}: ${requests / TIMES} requests, ${onClock} ms, of the processor ${ofProcessor}`);
    }
  } finally {
    await server.close();
  }
}
