/**
 * The whole app under load: predictions in every form while runs train, their models are promoted, tried as canary and
 * shadow, and rolled back. No answer is an error or mixed, and, over ten minutes, nothing grows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { promote, rollBack, startTrial } from '../../functions/models/registry.ts';
import { findLatest } from '../../functions/models/versions.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { startExecution } from '../../scripts/client/run.ts';
import { percentile } from '../../scripts/support/statistics.ts';
import { latencyTable, watch } from './figures.ts';
import { type LocalApp, startLocalApp } from './local-app.ts';
import { MODEL, question, Versions } from './questions.ts';

const SECONDS = Number(process.env.SOAK_SECONDS);
/** Shorter, memory still rises to what it then stays at. */
const JUDGED_SECONDS = 600;
const CONNECTIONS = 30;
/** Of the textbook's 10,000: a run lasts seconds, and a new version comes as often. */
const ITERATIONS = 1200;
/**
 * What a process may have more of in the last quarter than in the second. V8 lets a heap that is used more grow by about
 * a third before it settles; a leak of every request goes on.
 */
const RESIDENT = { factor: 1.5, mb: 24, fileDescriptors: 16 };
/** The log of SQLite, and pages of what was replaced, beside the objects. */
const DATABASE = { factor: 1.2, mb: 64 };

let folder: string;
let app: LocalApp;
let store: ObjectStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-soak-'));
  app = await startLocalApp(folder);
  store = app.target.store();
});
afterAll(async () => {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Trains and promotes. @returns the version @throws Error when the run fails */
async function train(runId: string, seed: number): Promise<number> {
  const arn = await startExecution({
    client: app.target.client,
    stateMachineArn: app.target.output(OUTPUTS.stateMachine),
    name: runId,
    input: { model: MODEL, seed, iterations: ITERATIONS, chunkIterations: 300 },
  });
  for (;;) {
    const { status, output, error, cause } = await app.target.client.send(
      new DescribeExecutionCommand({ executionArn: arn }),
    );
    if (status === 'SUCCEEDED') return (JSON.parse(output!) as { version: number }).version;
    if (status !== 'RUNNING') throw new Error(`${runId} ${status}: ${error} ${cause}`);
    await sleep(200);
  }
}

it(`answers ${CONNECTIONS} connections for ${SECONDS} s while models are trained and swapped`, async () => {
  const runs = ['soak-2', 'soak-1'];
  const trained = [await train('soak-1', 1), await train('soak-2', 2)];
  const versions = new Versions(store);
  const errors: string[] = [];
  const latencies = new Map<string, number[]>();
  const operations = new Map<string, number>();
  let isOver = false;

  const record = (error: unknown, what: string) => errors.push(`${what}: ${(error as Error).message}`);
  const ask = async (turn: number): Promise<void> => {
    const { kind, path, body, check } = question(turn, versions, runs);
    const started = performance.now();
    try {
      const response = await fetch(`${app.http}${path}`, {
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': body.type }, body: body.bytes as string }),
      });
      const text = await response.text();
      const times = latencies.get(kind) ?? [];
      times.push(performance.now() - started);
      latencies.set(kind, times);
      if (response.status !== 200) throw new Error(`${response.status} ${text.slice(0, 300)}`);
      await check(text);
    } catch (error) {
      record(error, kind);
    }
  };
  const connection = async (number: number): Promise<void> => {
    for (let turn = number; !isOver; turn++) await ask(turn);
  };
  const trainer = async (): Promise<void> => {
    for (let seed = 3; !isOver; seed++) {
      const runId = `soak-${seed}`;
      try {
        trained.push(await train(runId, seed));
        runs.unshift(runId);
      } catch (error) {
        record(error, 'training');
      }
    }
  };
  /** Tries the newest version that does not serve, lets it serve, and takes that back; again and again. */
  const operator = async (): Promise<void> => {
    while (!isOver) {
      const serving = (await findLatest(store, MODEL))?.version;
      const version = trained.findLast((other) => other !== serving)!;
      const steps: [string, () => Promise<unknown>][] = [
        ['canary', () => startTrial(store, MODEL, { version, share: 0.3, mode: 'canary' })],
        ['end of trial', () => rollBack(store, MODEL)],
        ['shadow', () => startTrial(store, MODEL, { version, share: 0.5, mode: 'shadow' })],
        ['promotion', () => promote(store, MODEL, version)],
        ['rollback', () => rollBack(store, MODEL)],
      ];
      for (const [what, step] of steps) {
        let outcome = what;
        try {
          await step();
        } catch (error) {
          // A run that ends at this moment promotes, too; then the operator is told so, and nothing was changed.
          const { message } = error as Error;
          if (/was changed meanwhile|serves; it needs no trial|nothing served before/.test(message)) {
            outcome = `${what} refused`;
          } else record(error, what);
        }
        operations.set(outcome, (operations.get(outcome) ?? 0) + 1);
        await sleep(1500);
        if (isOver) return;
      }
    }
  };

  const watching = watch(app);
  const load = Promise.all([
    ...Array.from({ length: CONNECTIONS }, (_, number) => connection(number)),
    trainer(),
    operator(),
  ]);
  await sleep(SECONDS * 1000);
  const duration = watching.stop();
  isOver = true;
  await load;

  const objects = await store.list('');
  const sizes = await Promise.all(objects.map(async (key) => (await store.size(key)) ?? 0));
  const objectsMb = sizes.reduce((sum, bytes) => sum + bytes / 2 ** 20, 0);
  const growth = watching.growth(duration);
  const requests = [...latencies.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(
    [
      `${requests} requests in ${(duration / 1000).toFixed(0)} s on ${CONNECTIONS} connections, ${errors.length} errors`,
      `${runs.length} runs trained, versions met: ${versions.met.length}, operations: ${JSON.stringify(Object.fromEntries(operations))}`,
      `${'ms'.padEnd(12)}${['count', 'p50', 'p90', 'p99', 'max'].map((head) => head.padStart(8)).join('')}`,
      latencyTable(latencies),
      'process: resident MB and file descriptors, medians of the second and of the last quarter',
      ...growth.map(({ process, residentMb, fileDescriptors }) => {
        const [a, b] = residentMb.map((mb) => mb.toFixed(0));
        return `  ${process}: ${a} -> ${b} MB, ${fileDescriptors.join(' -> ')} files`;
      }),
      `database: ${percentile(watching.databaseMb, 0.5).toFixed(0)} MB median, ${watching.databaseMb.at(-1)!.toFixed(0)} MB at the end for ${objectsMb.toFixed(0)} MB in ${objects.length} objects`,
    ].join('\n'),
  );

  expect(errors.slice(0, 5)).toEqual([]);
  expect(app.output()).not.toContain('gateway:');
  expect(latencies.size).toBeGreaterThanOrEqual(8);
  expect(operations.get('canary')).toBeGreaterThan(0);
  expect(watching.databaseMb.at(-1)!).toBeLessThan(objectsMb * DATABASE.factor + DATABASE.mb);
  if (SECONDS < JUDGED_SECONDS) return;
  expect(versions.met.length).toBeGreaterThan(5);
  expect(growth.length).toBeGreaterThan(1);
  const grown = growth.filter(
    ({ residentMb: [second, last], fileDescriptors }) =>
      last > second * RESIDENT.factor + RESIDENT.mb ||
      fileDescriptors[1] > fileDescriptors[0] + RESIDENT.fileDescriptors,
  );
  expect(grown).toEqual([]);
});
