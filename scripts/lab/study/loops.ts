/** What a chunk and a round take besides their arithmetic, in the local cloud. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { PARAMETERS } from '../../../functions/contract/stacks.ts';
import { synthesize } from '../../build/synthesize.ts';
import { eventsSince } from '../../client/follow.ts';
import { startExecution } from '../../client/run.ts';
import { type LocalCloud, startLocalCloud } from '../../cloud/cloud.ts';
import { localConnection, trainingStateMachineArn } from '../../cloud/connection.ts';
import { startMirror } from '../../cloud/mnist-mirror.ts';
import type { Figure } from './predictions.ts';

/** Jobs of one step a chunk, or one a worker: nearly all of their time is not arithmetic. */
export const LOOP_JOBS = {
  chunks: { iterations: 200, chunkIterations: 1, evaluateEvery: 200 },
  'rounds of 2 workers': { iterations: 100, workers: 2, localIterations: 1, evaluateEvery: 100 },
  'rounds of 8 workers': { iterations: 400, workers: 8, localIterations: 1, evaluateEvery: 400 },
} as const;

const POLL_MS = 200;

export async function* measureLoops(): AsyncGenerator<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-study-'));
  const { assembly } = await synthesize(folder);
  const mirror = await startMirror();
  const cloud = await startLocalCloud({
    assemblyDir: assembly,
    dataDir: join(folder, 'data'),
    httpPort: 0,
    parameters: { [PARAMETERS.datasetMirrors]: mirror.url, [PARAMETERS.mirrorAccess]: 'any' },
  });
  try {
    // The first one brings the dataset, and starts the containers.
    await secondsOfLoop(cloud, 'warm', { iterations: 2, chunkIterations: 1 }, 'TrainChunk');
    const { chunks, ...rounds } = LOOP_JOBS;
    const ms = await secondsOfLoop(cloud, 'chunks', chunks, 'TrainChunk');
    yield { id: 'chunk', what: 'a chunk of one step', value: (ms * 1000) / chunks.iterations, unit: 'ms' };
    for (const [what, job] of Object.entries(rounds)) {
      const name = what.replaceAll(' ', '-');
      await secondsOfLoop(cloud, `warm-${name}`, { ...job, iterations: 2 * job.workers }, 'TrainRound');
      const seconds = await secondsOfLoop(cloud, name, job, 'TrainRound');
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
  cloud: LocalCloud,
  name: string,
  input: Record<string, unknown>,
  state: string,
): Promise<number> {
  const client = new SFNClient(localConnection(cloud.endpoints.stepFunctions));
  const stateMachineArn = trainingStateMachineArn(cloud.outputs);
  const executionArn = await startExecution({ client, stateMachineArn, name, input });
  for (;;) {
    const { status, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') break;
    if (status !== 'RUNNING') throw new Error(`the run ${name} ${status}: ${cause}`);
    await sleep(POLL_MS);
  }
  const entered = (await eventsSince(client, executionArn, 0)).flatMap((event) =>
    event.stateEnteredEventDetails === undefined
      ? []
      : [{ state: event.stateEnteredEventDetails.name, at: event.timestamp!.getTime() }],
  );
  const begin = entered.find((one) => one.state === state)!.at;
  const end = entered.find((one) => one.state === 'PromoteModel')!.at;
  return (end - begin) / 1000;
}
