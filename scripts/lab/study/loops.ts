/** What a chunk and a round take besides their arithmetic, in the local cloud. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OUTPUTS, PARAMETERS } from '../../../functions/contract/stacks.ts';
import { synthesize } from '../../build/synthesize.ts';
import { outputOf, startExecution } from '../../client/run.ts';
import { findTarget, type Target } from '../../client/target.ts';
import { startLocalCloud } from '../../cloud/cloud.ts';
import { startMirror } from '../../cloud/mnist-mirror.ts';
import type { Figure } from './predictions.ts';

/** Jobs of one step a chunk, or one a worker: nearly all of their time is not arithmetic. */
export const LOOP_JOBS = {
  chunks: { iterations: 200, chunkIterations: 1, evaluateEvery: 200 },
  'rounds of 2 workers': { iterations: 100, workers: 2, localIterations: 1, evaluateEvery: 100 },
  'rounds of 8 workers': { iterations: 400, workers: 8, localIterations: 1, evaluateEvery: 400 },
} as const;

export async function* measureLoops(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-study-'));
  const { assembly } = await synthesize(folder);
  const data = join(folder, 'data');
  const mirror = await startMirror();
  const cloud = await startLocalCloud({
    assemblyDir: assembly,
    dataDir: data,
    httpPort: 0,
    parameters: { [PARAMETERS.datasetMirrors]: mirror.url, [PARAMETERS.mirrorAccess]: 'any' },
  });
  try {
    const target = await findTarget({ data });
    // The first one brings the dataset, and starts the containers.
    await secondsOfLoop(target, 'warm', { iterations: 2, chunkIterations: 1 }, 'TrainChunk');
    const { chunks, ...rounds } = LOOP_JOBS;
    const ms = await secondsOfLoop(target, 'chunks', chunks, 'TrainChunk');
    yield { id: 'chunk', what: 'a chunk of one step', value: (ms * 1000) / chunks.iterations, unit: 'ms' };
    for (const [what, job] of Object.entries(rounds)) {
      const name = what.replaceAll(' ', '-');
      await secondsOfLoop(target, `warm-${name}`, { ...job, iterations: 2 * job.workers }, 'TrainRound');
      const seconds = await secondsOfLoop(target, name, job, 'TrainRound');
      const count = job.iterations / job.workers;
      yield {
        id: `round${job.workers}`,
        what: `${what}, one step each: a round`,
        value: (seconds * 1000) / count,
        unit: 'ms',
      };
    }
    for (const { name, initMs } of cloud.functionStats()) {
      if (/StartRun|TrainChunk|TrainWorker|ReduceRound/.test(name) && initMs > 0) {
        yield {
          id: `start.${name}`,
          what: `slowest start of ${name.replace(/^.*?-(\w+?)Function.*$/, '$1')}`,
          value: initMs,
          unit: 'ms',
        };
      }
    }
  } finally {
    await cloud.close();
    await mirror.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the first time that the state is entered until the run is promoted. */
async function secondsOfLoop(
  { client, output }: Target,
  name: string,
  input: Record<string, unknown>,
  state: string,
): Promise<number> {
  const stateMachineArn = output(OUTPUTS.stateMachine);
  const executionArn = await startExecution({ client, stateMachineArn, name, input });
  const entered = new Map<string, number>();
  await outputOf(`the run ${name}`, client, executionArn, (event) => {
    if (event.kind === 'entered' && !entered.has(event.state)) entered.set(event.state, event.at.getTime());
  });
  return (entered.get('PromoteModel')! - entered.get(state)!) / 1000;
}
