/** `npm run plan`: what a run would take in AWS, by the functions' memory and the number of workers, before it is paid for. */

import { availableParallelism } from 'node:os';
import { arch } from 'node:process';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { describeLayers, summaryOf } from '../../core/network/describe-layers.ts';
import { isDense } from '../../core/network/plan.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { shapeOf } from '../../functions/dataset/manifest.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { type DatasetManifest, datasetManifest } from '../../functions/schemas/dataset.ts';
import { withSizes } from '../../functions/schemas/layers.ts';
import { readPrices } from '../../functions/schemas/prices.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { checkInput, readConfigFile, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { findJob } from '../client/named-dataset.ts';
import { findTarget, type Target } from '../client/target.ts';
import { runStudy } from '../lab/study.ts';
import { architectureOf, describeArchitectures, otherThan } from '../planner/architecture.ts';
import { choose } from '../planner/choose.ts';
import { type Compared, compare, describeComparison } from '../planner/compare.ts';
import { jobOf, sizeFromCatalogue, sizeFromManifest, withWorkers } from '../planner/describe-job.ts';
import type { DatasetSize, Job, Question } from '../planner/job.ts';
import { describeSpeed, knownSpeed } from '../planner/known-speed.ts';
import { estimate, isRefused } from '../planner/model.ts';
import { HELP, OPTIONS, type PlanOptions, readOptions } from '../planner/options.ts';
import { localCloud } from '../planner/platform.ts';
import { type RunRecord, readHistory, readRecord } from '../planner/record.ts';
import { describeChoice } from '../planner/table.ts';

async function plan(options: PlanOptions): Promise<void> {
  const { run, platform, memories, workers, architecture } = options;
  const prices = readPrices(options.prices, architecture);
  const target = await targetOf(options);
  const record = run === undefined ? undefined : await readRecord(target!.store(), run, prices);
  if (run !== undefined && record === undefined) {
    throw new Error(`there is no run ${run} that has recorded anything`);
  }
  const given = options.config === undefined ? {} : readConfigFile(options.config);
  const asked =
    record !== undefined && options.config === undefined ? record.run.config : await askedFor(given, target);
  const manifest = await manifestOf(asked, target);
  const config = manifest === undefined ? asked : withSizes(asked, shapeOf(manifest));
  const size = sizeOf(config, manifest, options);
  const job = jobOf(config, size);
  const ranOn = options.stack === undefined ? localCloud(availableParallelism()) : platform;
  const store = options.fresh ? undefined : target?.store();
  const { seconds } = options;
  const speed = await knownSpeed({ config, size, job, prices, store, platform: ranOn, seconds, except: run });
  const jobWith = (k: number) => jobOf(withWorkers(config, k), size);
  const choice = choose({ speed, platform, prices }, jobWith, memories, workers);
  const otherPrices = readPrices(options.prices, otherThan(architecture));
  const other = choose({ speed, platform, prices: otherPrices }, jobWith, memories, workers);
  const compared = record && (await compareWith(record, target!, size, { speed, platform: ranOn, prices }));
  if (options.json) {
    const answer = { config, size, architecture, job, speed, platform, prices, ...choice, compared };
    console.log(JSON.stringify(answer, null, 2));
    return;
  }
  const architectures = describeArchitectures({
    architecture,
    cheapest: choice.cheapest,
    cheapestOnOther: other.cheapest,
    // Of a run in the cloud nobody has written down what it ran on.
    measuredOn: speed.from.kind === 'run' && options.stack !== undefined ? undefined : architectureOf(arch),
  });
  console.log(
    `${describeJob(config, job)}\n${describeSpeed(speed)}\n\n${describeChoice(choice, platform.concurrency)}\n${architectures}`,
  );
  if (compared !== undefined) console.log(`\nrun ${run} in ${ranOn.name}:\n${describeComparison(compared)}`);
}

async function askedFor(given: Record<string, unknown>, target: Target | undefined): Promise<JobConfig> {
  if (target === undefined) return checkInput(given);
  return (await findJob(given, async () => target.store())).config;
}

/** Without a run or a stack that is asked for, a local cloud is used where one runs. */
async function targetOf({ run, stack, data, json }: PlanOptions): Promise<Target | undefined> {
  try {
    return await findTarget({ stack, data });
  } catch (error) {
    if (run !== undefined || stack !== undefined) throw error;
    if (!json) console.log(`nothing recorded is used: ${(error as Error).message}`);
    return undefined;
  }
}

/** undefined where the dataset isn't in the bucket yet. */
async function manifestOf({ dataset }: JobConfig, target: Target | undefined) {
  return target && findDocument(target.store(), datasetManifest, KEYS.manifest(datasetName(dataset)));
}

/** Of the dataset in the bucket; where it isn't there yet, as the catalogue and the options say. */
function sizeOf(
  config: JobConfig,
  manifest: DatasetManifest | undefined,
  { rows, testRows, density }: PlanOptions,
): DatasetSize {
  if (manifest !== undefined && rows === undefined && testRows === undefined) {
    return sizeFromManifest(manifest, density);
  }
  return sizeFromCatalogue(config, { rows, testRows, density });
}

function describeJob(config: JobConfig, job: Job): string {
  const { totalSteps, trainRows, testRows, parameters, datasetBytes } = job;
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const layers = isDense(config.layers) ? [] : [summaryOf(config), ''];
  return [
    ...layers,
    `${describeLayers(config.layers)} (${count(parameters)} parameters) on ${datasetName(config.dataset)}: ` +
      `${count(totalSteps)} steps of ${job.batchSize} samples, ${count(trainRows)} rows of training and ${count(testRows)} of test, ` +
      `${(datasetBytes / 1e6).toFixed(1)} MB in ${job.trainShards + job.testShards} shards`,
  ].join('\n');
}

async function compareWith(
  record: RunRecord,
  target: Target,
  size: DatasetSize,
  question: Omit<Question, 'job' | 'memoryMb'>,
): Promise<Compared[]> {
  const { runId, config } = record.run;
  // Its own version was not there when it was promoted, nor those after it.
  const versions = (record.status.version ?? 1) - 1;
  const job = jobOf(config, size, versions);
  const answer = estimate({ ...question, job, memoryMb: record.memoryMb });
  if (isRefused(answer)) throw new UsageError(`run ${runId} would not be possible: ${answer.refused}`);
  return compare(
    answer,
    record,
    await readHistory(target.client, target.output(OUTPUTS.stateMachine), runId),
  );
}

runCommand(HELP, OPTIONS, async (given, words) => {
  const options = readOptions(given, words);
  await (options.measure ? runStudy(options.json) : plan(options));
  return undefined;
});
