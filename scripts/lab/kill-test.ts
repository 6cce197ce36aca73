/**
 * `npm run kill-test`: kills `npm start` with SIGKILL again and again on one data folder, lets it finish, and compares the
 * last checkpoint's bytes with those of a start that nobody disturbed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInput, type Options, wholeNumber } from '../cli/arguments.ts';
import { type JobInput, runJobCommand } from '../cli/command.ts';
import { describeKills } from './kill-test/report.ts';
import { killAgainAndAgain, runUndisturbed } from './kill-test/rounds.ts';
import { planKill } from './kill-test/schedule.ts';
import { readStored } from './kill-test/stored.ts';

const HELP = `npm run kill-test -- [options]                                            (Linux only: it reads /proc)
  --kills N        how often (default 50)
  --kill-seed N    decides moments and victims (default 1)
  --data FOLDER    where the data folders go, which are kept then (default: a temporary one)
  --config FILE    the run's config as JSON (default: the textbook job in chunks of 100 steps, and with every fifth
                   kill a small network of pictures)
  --<field> VALUE  one field of it, e.g. --iterations 2000`;

/** Many short chunks: many moments between two writes. */
const CHUNK_ITERATIONS = 100;
/** With dropout, whose draws depend on the step that a kill has led back to. */
const PICTURES = {
  layers: [[28, 28, 1], { conv: 4, kernel: 3, stride: 2 }, { maxPool: 2 }, { dropout: 0.25 }, 16, 10],
  activation: 'relu',
  weightInit: { kind: 'he' },
  optimizer: 'adam',
  learningRate: 0.001,
  iterations: 2000,
};
/** One of as many kills is of a network of pictures. */
const PICTURES_EVERY = 5;

const OPTIONS = {
  kills: { type: 'string', default: '50' },
  'kill-seed': { type: 'string', default: '1' },
  data: { type: 'string' },
} as const;

interface KilledJob {
  name: string;
  config: Record<string, unknown>;
  kills: number;
}

async function killTest({ input }: JobInput, options: Options<typeof OPTIONS>): Promise<number> {
  const kills = wholeNumber('--kills', options.kills, 0, 999_999);
  const seed = wholeNumber('--kill-seed', options['kill-seed'], 0, 999_999);
  const jobs = jobsOf(input, kills);
  for (const { config } of jobs) checkInput(config);
  if (process.platform !== 'linux')
    throw new Error(`kill-test reads /proc, which ${process.platform} has not`);

  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'stepnet-kill-test-'));
  let isRight = true;
  for (const job of jobs) isRight = (await killJob(job, seed, join(folder, job.name))) && isRight;
  if (isRight && options.data === undefined) rmSync(folder, { recursive: true });
  else console.log(`data folders: ${jobs.map(({ name }) => join(folder, name)).join(', ')}`);
  return isRight ? 0 : 1;
}

/** The job that somebody gives, or the textbook's and one of pictures. */
function jobsOf(input: Record<string, unknown>, kills: number): KilledJob[] {
  const inChunks = (config: object) => ({ chunkIterations: CHUNK_ITERATIONS, ...config });
  if (Object.keys(input).length > 0) return [{ name: 'given', config: inChunks(input), kills }];
  const ofPictures = Math.ceil(kills / PICTURES_EVERY);
  return [
    { name: 'textbook', config: inChunks({}), kills: kills - ofPictures },
    { name: 'pictures', config: inChunks(PICTURES), kills: ofPictures },
  ];
}

/** @returns whether all runs came to the bytes of the undisturbed one, and no start failed */
async function killJob({ name, config, kills }: KilledJob, seed: number, folder: string): Promise<boolean> {
  const whole = join(folder, 'undisturbed');
  const killed = join(folder, 'killed');
  mkdirSync(killed, { recursive: true });
  const args = Object.entries(config).map(
    ([field, value]) => `--${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );

  const timing = await runUndisturbed(whole, args);
  const expected = readStored(whole).runs.at(-1)!;
  console.log(
    `${name}, undisturbed: ${(timing.whole / 1000).toFixed(1)} s, last checkpoint ${expected.sha256}`,
  );

  const begun = performance.now();
  const result = await killAgainAndAgain({
    data: killed,
    args,
    kills,
    plan: (number) => planKill(seed, number),
    timing,
    onKill: ({ victim, phase, after, gone }, number) =>
      console.log(
        `kill ${number}: ${victim} ${(after / 1000).toFixed(2)} s after the start, in ${phase}; ` +
          `all gone after ${Math.round(gone)} ms`,
      ),
  });
  await runUndisturbed(killed, args);
  const seconds = (performance.now() - begun) / 1000;
  const stored = readStored(killed);
  const others = stored.runs.filter(({ sha256 }) => sha256 !== expected.sha256);
  console.log(describeKills(result, { seconds, stored, expected }));
  return others.length === 0 && result.failed.length === 0;
}

runJobCommand(HELP, OPTIONS, killTest);
