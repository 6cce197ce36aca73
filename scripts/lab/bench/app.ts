/**
 * Jobs of the app as a whole, which have no competitors: `start` is `npm start -- --exit` on a new data folder, `pipeline`
 * the default run's states in a local cloud that is up, `coldstart` its functions' INIT and the first answer of the endpoint,
 * `latency` the endpoint's answers under load.
 */
import { spawn } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { OUTPUTS, PARAMETERS } from '../../../functions/contract/stacks.ts';
import { type StepMetrics, stepMetrics } from '../../../functions/schemas/documents.ts';
import { synthesize } from '../../build/synthesize.ts';
import { outputOf, startExecution } from '../../client/run.ts';
import { findTarget } from '../../client/target.ts';
import { getJson } from '../../client/unfinished.ts';
import { type LocalCloud, startLocalCloud } from '../../cloud/cloud.ts';
import { startMirror } from '../../cloud/mnist-mirror.ts';
import { lastOfEach } from '../../planner/record.ts';
import { median } from '../../support/statistics.ts';
import type { Add, AppFigure, AppJob } from './app-figures.ts';
import { coldStart, latencies } from './serving.ts';
import { alignFigures, threeDigits } from './table.ts';

const START = join(import.meta.dirname, '../../commands/start.ts');
const COMPUTE = 'training compute of the default run';
const runDetail = z.object({ metrics: z.array(stepMetrics) });

/** @throws Error when a run fails */
export async function measureApp(
  jobs: readonly AppJob[],
  rounds: number,
  onProgress: (what: string) => void,
): Promise<AppFigure[]> {
  const samples = new Map<string, AppFigure>();
  const add = (job: AppJob, what: string, ms: number) => {
    const figure = samples.get(what) ?? { job, what, samples: [] };
    figure.samples.push(ms);
    samples.set(what, figure);
  };
  for (let round = 0; round < rounds; round++) {
    onProgress(`the app, round ${round + 1} of ${rounds}`);
    // Each has training compute to be compared with, and cold functions.
    if (jobs.some((job) => job !== 'start')) await runOnce(jobs, add);
    if (jobs.includes('start')) await startOnce(add);
  }
  const compute = samples.get(COMPUTE);
  return [...samples.values()].map((figure) =>
    compute === undefined || figure === compute || !figure.what.includes('default run')
      ? figure
      : { ...figure, toCompute: median(figure.samples) / median(compute.samples) },
  );
}

async function runOnce(jobs: readonly AppJob[], add: Add): Promise<void> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'stepnet-bench-app-'));
  const { assembly } = await synthesize(folder.path);
  const mirror = await startMirror();
  const onCloud = async (work: (cloud: LocalCloud) => Promise<void>) => {
    const cloud = await startLocalCloud({
      assemblyDir: assembly,
      dataDir: join(folder.path, 'data'),
      httpPort: 0,
      parameters: { [PARAMETERS.datasetMirrors]: mirror.url, [PARAMETERS.mirrorAccess]: 'any' },
    });
    try {
      await work(cloud);
    } finally {
      await cloud.close();
    }
  };
  try {
    await onCloud(async (cloud) => {
      const states = await defaultRun(join(folder.path, 'data'));
      if (jobs.includes('pipeline')) {
        add('pipeline', 'states of the default run', states);
        add('pipeline', COMPUTE, await computeOf(cloud));
      }
      if (jobs.includes('coldstart')) {
        await coldStart(cloud, 'new', add);
        for (const { name, initMs } of cloud.functionStats()) {
          if (initMs > 0) add('coldstart', `INIT of ${/-(\w+?)Function/.exec(name)?.[1] ?? name}`, initMs);
        }
      }
      if (jobs.includes('latency')) await latencies(cloud, add);
    });
    if (jobs.includes('coldstart')) await onCloud((cloud) => coldStart(cloud, 'kept', add));
  } finally {
    await mirror.close();
  }
}

/** @returns milliseconds of the run's execution */
async function defaultRun(dataDir: string): Promise<number> {
  const { client, output } = await findTarget({ data: dataDir });
  const stateMachineArn = output(OUTPUTS.stateMachine);
  const begin = performance.now();
  const executionArn = await startExecution({ client, stateMachineArn, name: 'bench', input: {} });
  await outputOf('the run', client, executionArn);
  return performance.now() - begin;
}

/** Milliseconds that the run's invocations trained. */
async function computeOf({ endpoints }: LocalCloud): Promise<number> {
  const { metrics } = runDetail.parse(await getJson(`${endpoints.http}/runs/bench`));
  return lastOfEach(metrics as StepMetrics[]).reduce((sum, { timing }) => sum + timing.trainMs, 0);
}

async function startOnce(add: Add): Promise<void> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'stepnet-bench-start-'));
  for (const what of ['first', 'second']) {
    const begin = performance.now();
    const options = ['--exit', '--data', join(folder.path, 'data'), '--port', '0'];
    const child = spawn(process.execPath, [START, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said: number | undefined;
    let words = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said ??= performance.now() - begin;
        words += chunk;
      });
    }
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(`npm start -- ${options.join(' ')} ended with ${code}:\n${words}`);
    add('start', `first output of a ${what} npm start -- --exit`, said ?? 0);
    add('start', `${what} npm start -- --exit, with the default run`, performance.now() - begin);
  }
}

export function appTable(figures: readonly AppFigure[]): string {
  const shown = (ms: number) => (ms < 1000 ? `${threeDigits(ms)} ms` : `${threeDigits(ms / 1000)} s`);
  return alignFigures([
    ['the app as a whole', 'median', 'min', 'max', 'to compute'],
    ...figures.map(({ what, samples, toCompute }) => [
      what,
      shown(median(samples)),
      shown(Math.min(...samples)),
      shown(Math.max(...samples)),
      toCompute === undefined ? '' : `${toCompute.toFixed(2)}×`,
    ]),
  ]);
}
