/** What `npm start` does once its options are checked: the local cloud, a run in it, and the model that comes of it. */
import { join } from 'node:path';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { describeLayers } from '../../core/network/describe-layers.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { DEFAULT_JOB } from '../../functions/schemas/config.ts';
import { findJob } from '../client/named-dataset.ts';
import { describePromotion, showExecution } from '../client/run.ts';
import { RunMetrics } from '../client/run-metrics.ts';
import { writePlot } from '../client/run-plot.ts';
import { findRunToTrain } from '../client/run-to-train.ts';
import { findTarget } from '../client/target.ts';
import type { LocalCloud } from '../cloud/cloud.ts';
import { LOCAL_REGION } from '../cloud/intrinsics.ts';
import { describeTimes } from './describe-run.ts';
import { checkedPrediction, imageCurl } from './example.ts';
import { type LocalAppOptions, startLocalApp } from './local-app.ts';

/**
 * @param given the config of what is trained; without one, what is there is served
 * @param serves whether it serves, until somebody ends it, what it has trained
 * @returns the exit code
 * @throws Error when the cloud can't start or the run fails
 */
export async function trainAndServe(
  options: LocalAppOptions,
  given: Record<string, unknown> | undefined,
  serves: boolean,
): Promise<number> {
  const { dataDir, settings } = options;
  const { cloud, interrupted, close } = await startLocalApp(options);
  try {
    if (given !== undefined) {
      const code = await Promise.race([interrupted, train(given, cloud, dataDir)]);
      if (code === 130) console.log('\ninterrupted; the next start on this folder goes on from there');
      if (code !== 0 || !serves) return code;
    }
    const signing =
      settings?.auth === 'iam' ? ` --aws-sigv4 aws:amz:${LOCAL_REGION}:execute-api --user local:local` : '';
    console.log(`
serving on ${cloud.endpoints.http} until Ctrl-C; try

  ${imageCurl(cloud.endpoints.http, DEFAULT_JOB.model, dataDir)}${signing}

S3 is on ${cloud.endpoints.s3}, Step Functions on ${cloud.endpoints.stepFunctions}
`);
    await interrupted;
    return 0;
  } finally {
    await close();
  }
}

/** Trains, or goes on with what was interrupted, and asks the model once. @returns the exit code */
async function train(given: Record<string, unknown>, cloud: LocalCloud, dataDir: string): Promise<number> {
  const { client, output, store, options: place } = await findTarget({ data: dataDir });
  cloud.prepare(output(OUTPUTS.stateMachine));
  const { input, config } = await findJob(given, async () => store());
  const stateMachineArn = output(OUTPUTS.stateMachine);
  const run = await findRunToTrain({ client, stateMachineArn, input, config }, cloud.endpoints.http);
  const { runId } = run;
  console.log(
    `${run.isNew ? 'training' : 'resuming'} run ${runId}: ` +
      `${describeLayers(config.layers)} on ${datasetName(config.dataset)}, batches of ${config.batchSize}, seed ${config.seed}`,
  );
  const arn = await run.begin();
  const metrics = new RunMetrics(store(), runId);
  const outcome = await showExecution(client, arn, input, process.stdout, metrics).catch((error: Error) => {
    throw new Error(`${error.message}\nlogs of the functions: ${dataDir}/logs`, { cause: error });
  });
  console.log(describePromotion(outcome, place));
  console.log(await describeTimes(cloud, runId, outcome.reporter));
  console.log(`plot: ${await writePlot(store(), runId, join(dataDir, 'plots'))}`);
  return await checkedPrediction(cloud.endpoints.http, config);
}
