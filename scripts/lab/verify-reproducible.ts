/**
 * `npm run verify-reproducible`: trains the same job under several versions of Node, in chunks of several sizes, on one
 * thread and two, by the kernels in all widths of vectors and by the reference, and compares the SHA-256 of the last checkpoints.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { TrainingConfig } from '../../core/training/config.ts';
import { withSizes } from '../../functions/schemas/layers.ts';
import { validateAgainstDataset } from '../../functions/schemas/validate-against-dataset.ts';
import { type Options, UsageError, wholeNumber } from '../cli/arguments.ts';
import { type JobInput, runJobCommand } from '../cli/command.ts';
import { mnistFolder } from '../cloud/mnist-mirror.ts';
import { readMnistRows } from '../support/mnist-rows.ts';
import { runForJson } from '../support/programs.ts';
import { installEmulatedNodes, installNodes, type NodeProgram } from './verify-reproducible/nodes.ts';
import { referenceStepsOf, type Way, waysToTrain } from './verify-reproducible/plan.ts';
import type { RunnerResult, RunnerTask } from './verify-reproducible/runner.ts';

const HELP = `npm run verify-reproducible -- [options]
  --node LIST            major versions of Node to run (default 20,22,24); npm installs them into node_modules/.cache
  --reference-steps N    steps that the reference does at each end of its run (default: 300 of the textbook job, as much work
                         of other networks; 0 leaves it out)
  --arm64                also under an emulated arm64 Node
                         (Debian: qemu-user libc6-arm64-cross libstdc++6-arm64-cross)
  --config FILE          the job on MNIST as JSON (default: the textbook job), e.g. of a network of pictures
  --<field> VALUE        one field of it, e.g. --iterations 500`;

/** Of MNIST. */
const PICTURE = [28, 28, 1] as const;
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/stepnet-verify');
const RUNNER = join(import.meta.dirname, 'verify-reproducible/runner.ts');
/** The oldest Node that has to run the bundle. */
const BUNDLE_TARGET = 'node20';

interface Outcome {
  /** Who trained, and how. */
  title: string;
  /** The checkpoint's, or how the run failed. */
  sha256: string;
}

const OPTIONS = {
  node: { type: 'string', default: '20,22,24' },
  'reference-steps': { type: 'string' },
  arm64: { type: 'boolean' },
} as const;

async function verify({ config: given }: JobInput, options: Options<typeof OPTIONS>): Promise<number> {
  const { train } = readMnistRows(mnistFolder());
  const trainSize = train.x.rows;
  const shape = { inputSize: train.x.columns, picture: PICTURE, classes: 10, trainSize };
  const config = withSizes(given, shape);
  validateAgainstDataset(config, shape);
  const steps = options['reference-steps'];
  const referenceSteps =
    steps === undefined ? referenceStepsOf(config) : wholeNumber('--reference-steps', steps, 0, 99_999_999);
  const ways = waysToTrain(config, trainSize, referenceSteps);
  const majors = parseMajors(options.node);
  mkdirSync(CACHE, { recursive: true });
  const programs = installNodes(majors, CACHE);
  if (options.arm64 === true) programs.push(...installEmulatedNodes(majors, CACHE));

  const bundle = await bundleRunner();
  const outcomes: Outcome[] = [];
  for (const program of programs) {
    for (const way of ways) {
      outcomes.push(await runWay(program, way, config, bundle));
    }
  }
  return conclude(outcomes);
}

async function runWay(
  program: NodeProgram,
  way: Way,
  config: TrainingConfig,
  bundle: string,
): Promise<Outcome> {
  const task: RunnerTask = { config, way, mnist: mnistFolder() };
  const title = `${program.title}, ${way.title}`;
  try {
    const { sha256, node, arch, vectorBits, steps, seconds } = await runForJson<RunnerResult>({
      file: program.file,
      arguments: [...program.arguments, bundle, JSON.stringify(task)],
    });
    const shown = `${sha256.slice(0, 16)}…  Node ${node} ${arch}, ${vectorBits}-bit vectors, ${way.title}`;
    console.log(`${shown}: ${steps} steps in ${seconds.toFixed(1)} s`);
    return { title, sha256 };
  } catch (error) {
    // The other runs still tell whether it is alone.
    console.error(`failed: ${title}\n${(error as Error).message}`);
    return { title, sha256: 'failed' };
  }
}

/** Prints the one hash, or who has which. @returns the exit code */
function conclude(outcomes: readonly Outcome[]): number {
  const byHash = Map.groupBy(outcomes, ({ sha256 }) => sha256);
  const [first] = byHash.keys();
  if (byHash.size === 1 && first !== 'failed') {
    console.log(`\n${outcomes.length} runs, one checkpoint: SHA-256 ${first}`);
    return 0;
  }
  console.log(`\n${outcomes.length} runs did not end with one checkpoint:`);
  for (const [sha256, same] of byHash) {
    console.log(`${sha256}\n${same.map(({ title }) => `  ${title}`).join('\n')}`);
  }
  return 1;
}

async function bundleRunner(): Promise<string> {
  const outfile = join(CACHE, 'runner.mjs');
  await build({
    entryPoints: [RUNNER],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: BUNDLE_TARGET,
    logLevel: 'warning',
  });
  return outfile;
}

function parseMajors(list: string): string[] {
  const majors = list.split(',');
  for (const major of majors) {
    if (!/^\d{2}$/.test(major)) {
      throw new UsageError(`--node: got ${JSON.stringify(major)}, expected major versions like 20,22,24`);
    }
  }
  return majors;
}

runJobCommand(HELP, OPTIONS, verify);
