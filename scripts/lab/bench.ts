/**
 * `npm run bench`: our kernels beside NumPy, PyTorch, TensorFlow.js, jax-js and ONNX Runtime, on the same data, weights and batches.
 * Timed is what training is made of: choosing the batch's rows, gradient, update. Loading the data and bringing it to a
 * competitor's own form is not, for anyone; nor are its first steps, which warm it up.
 */
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_THREADS } from '../../core/kernels/layout.ts';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { mnistFolder } from '../cloud/mnist-mirror.ts';
import { readMnistRows } from '../support/mnist-rows.ts';
import { runNpm } from '../support/programs.ts';
import { startedKernels } from '../support/started-kernels.ts';
import { appTable, measureApp } from './bench/app.ts';
import { APP_JOBS, type AppJob } from './bench/app-figures.ts';
import { findCompetitors } from './bench/competitors.ts';
import { writeInputs } from './bench/inputs.ts';
import { allJobs, type Job } from './bench/jobs.ts';
import { describeMachine } from './bench/machine.ts';
import { measureJob } from './bench/measure.ts';
import { profileStep, profileTable } from './bench/profile.ts';
import { findNumpy } from './bench/python.ts';
import { ratiosByThreads, ratiosOf } from './bench/ratios.ts';
import { fillAppTable, fillBenchTable, mergeRecorded, type Recorded, record } from './bench/recorded.ts';
import { compareSeeds, seedsTable } from './bench/seeds.ts';
import { jobTables, machineLine, versionLines } from './bench/table.ts';

const HELP = `npm run bench -- [options]
  --install      first install the peers' packages (npm ci in scripts/lab/bench; about 600 MB)
  --jobs LIST    of textbook,wide,conv,textbook-inference,wide-inference,conv-inference (default: all these), and of
                 the app as a whole, without competitors: pipeline,coldstart,latency,start
  --threads LIST numbers of threads that are measured, of those that know several (default 1,2)
  --rounds N     how often each competitor runs each job (default 5)
  --quick        a tenth of the work, to see that all of it runs; its figures are no measurement
  --full         the slow competitors, too, do all steps
  --python PATH  the only Python to try (default: python3, /usr/bin/python3)
  --write        keeps the figures in scripts/lab/bench/recorded.json and makes the table of
                 docs/performance.md of them; of --jobs the rows of these alone, where the others are of this machine,
                 too. Not with --quick. Of --jobs coldstart,latency it is recorded-app.json and the table of cold
                 starts and latency
  --json         the report as JSON on standard output; the tables go to standard error
  --seeds N      instead: test accuracy of the textbook job with N seeds, beside NumPy's
  --profile      instead: where the time of one of our steps goes`;

const OPTIONS = {
  install: { type: 'boolean', default: false },
  ...texts('jobs', 'rounds', 'threads'),
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  python: { type: 'string' },
  write: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  seeds: { type: 'string' },
  profile: { type: 'boolean', default: false },
} as const;
/** Of rounds and of seeds. */
const MOST = 999;

const RECORDED = join(import.meta.dirname, 'bench/recorded.json');
const RECORDED_APP = join(import.meta.dirname, 'bench/recorded-app.json');
/** Jobs whose figures make a table of the page. */
const TABLE_OF_APP = 'coldstart,latency';
const PAGE = join(import.meta.dirname, '../../docs/performance.md');

type Chosen = Options<typeof OPTIONS>;

async function main(chosen: Chosen, words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError(HELP);
  const { jobs, appJobs } = chosenJobs(allJobs(chosen.quick), chosen.jobs);
  const isOneTable = appJobs.length === 0 || chosen.jobs === TABLE_OF_APP;
  if (chosen.write && (chosen.quick || chosen.threads !== undefined || !isOneTable)) {
    throw new UsageError(
      `--write: the tables are of whole measurements, expected neither --quick nor --threads, and of the app no --jobs but ${TABLE_OF_APP}`,
    );
  }
  const threads = chosen.threads?.split(',').map((count) => wholeNumber('--threads', count, 1, MAX_THREADS));
  // No install scripts: what these packages' scripts would fetch is not used here.
  if (chosen.install) runNpm('ci', '--prefix', join(import.meta.dirname, 'bench'), '--ignore-scripts');
  const rounds = wholeNumber('--rounds', chosen.rounds ?? (chosen.quick ? '2' : '5'), 1, MOST);
  using folder = mkdtempDisposableSync(join(tmpdir(), 'stepnet-bench-'));
  if (chosen.profile) return await profile(chosen, jobs, folder.path);
  if (chosen.seeds === undefined) return await bench(chosen, { jobs, appJobs, threads }, folder.path, rounds);
  return await seeds(chosen, jobs, folder.path, wholeNumber('--seeds', chosen.seeds, 1, MOST));
}

async function bench(
  { quick: isQuick, full: isFull, write, json, python }: Chosen,
  { jobs, appJobs, threads }: ChosenJobs & { threads: number[] | undefined },
  folder: string,
  rounds: number,
): Promise<number> {
  const show = json ? console.error : console.log;
  const machine = describeMachine();
  show(machineLine(machine));
  const app = appJobs.length === 0 ? [] : await measureApp(appJobs, rounds, showProgress);
  if (app.length > 0) show(`\n${appTable(app)}`);
  const { competitors, missing } =
    jobs.length === 0 ? { competitors: [], missing: [] } : await findCompetitors({ isFull, python, threads });
  for (const what of missing) show(`not measured: ${what}`);
  const reports = [];
  for (const { job, inputs } of await prepare(jobs, folder)) {
    const report = await measureJob({ job, folder: inputs, competitors, rounds, onProgress: showProgress });
    showProgress('');
    show(`\n${jobTables(report, [...ratiosOf(report), ...ratiosByThreads(report)], job.steps)}`);
    reports.push(report);
  }
  if (reports.length > 0) show(`\n${versionLines(reports)}`);
  const date = `on ${today()}`;
  if (write && app.length === 0) {
    const titles = allJobs(false).map(({ title }) => title);
    const before = JSON.parse(readFileSync(RECORDED, 'utf8')) as Recorded;
    const fresh = record(date, machine, rounds, reports);
    writeTable(RECORDED, fillBenchTable, mergeRecorded(before, fresh, titles));
  } else if (write) {
    const figures = app.map(({ what, samples }) => ({ what, samples }));
    writeTable(RECORDED_APP, fillAppTable, { date, machine, rounds, figures });
  }
  const ratios = reports.flatMap((one) => [...ratiosOf(one), ...ratiosByThreads(one)]);
  if (json)
    console.log(JSON.stringify({ machine, rounds, isQuick, missing, jobs: reports, ratios, app }, null, 2));
  return reports.every(({ entries }) => entries.every(({ agrees }) => agrees)) ? 0 : 1;
}

async function seeds(
  { json, python }: Chosen,
  jobs: readonly Job[],
  folder: string,
  count: number,
): Promise<number> {
  const job = jobs.find(({ id }) => id === 'textbook');
  if (job === undefined) throw new UsageError('--seeds: is of the textbook job, which --jobs leaves out');
  const [{ inputs }] = (await prepare([job], folder)) as [Prepared];
  const found = await findNumpy(python);
  if ('reason' in found) console.error(`not measured: NumPy: ${found.reason}`);
  const report = await compareSeeds(job, inputs, count, 'reason' in found ? undefined : found);
  console.log(json ? JSON.stringify({ machine: describeMachine(), ...report }, null, 2) : seedsTable(report));
  return 0;
}

async function profile({ json }: Chosen, jobs: readonly Job[], folder: string): Promise<number> {
  const machine = describeMachine();
  const training = jobs.filter(({ kind }) => kind === 'training');
  const profiles = [];
  for (const { job, inputs } of await prepare(training, folder)) {
    for (const threads of [1, 2].filter((count) => count <= availableParallelism())) {
      profiles.push(await profileStep(job, inputs, threads));
    }
  }
  if (json) console.log(JSON.stringify({ machine, profiles }, null, 2));
  else console.log(`${machineLine(machine)}\n\n${profileTable(profiles)}`);
  return 0;
}

interface Prepared {
  job: Job;
  inputs: string;
}

async function prepare(jobs: readonly Job[], folder: string): Promise<Prepared[]> {
  const mnist = mnistFolder();
  const { train } = readMnistRows(mnist);
  const backend = await startedKernels(1);
  return jobs.map((job) => {
    const inputs = join(folder, job.id);
    mkdirSync(inputs);
    writeInputs(inputs, job, mnist, train, backend);
    return { job, inputs };
  });
}

const today = () => new Date().toISOString().slice(0, 10);

function writeTable<Figures>(
  file: string,
  fill: (page: string, figures: Figures) => string,
  figures: Figures,
): void {
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(PAGE, fill(readFileSync(PAGE, 'utf8'), figures));
}

/** On a terminal only: one line that is written over. */
function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

interface ChosenJobs {
  jobs: Job[];
  appJobs: AppJob[];
}

function chosenJobs(all: Job[], list: string | undefined): ChosenJobs {
  const chosen: ChosenJobs = { jobs: list === undefined ? all : [], appJobs: [] };
  for (const id of list?.split(',') ?? []) {
    const job = all.find((candidate) => candidate.id === id);
    const appJob = APP_JOBS.find((candidate) => candidate === id);
    if (job !== undefined) chosen.jobs.push(job);
    else if (appJob !== undefined) chosen.appJobs.push(appJob);
    else {
      const known = [...all.map((one) => one.id), ...APP_JOBS].join(', ');
      throw new UsageError(`--jobs: got ${JSON.stringify(id)}, expected of ${known}`);
    }
  }
  return chosen;
}

runCommand(HELP, OPTIONS, main);
