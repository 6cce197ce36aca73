/** Schemas of sweeps: the state machine's input, what its functions pass on, and the documents below sweeps/. */
import * as z from 'zod';
import { jobConfigSchema } from './config.ts';
import { endOfRun, metricName, sweepMembership } from './parts.ts';
import { planBatchOutput, startRunInput, validateConfigOutput } from './payloads.ts';

/** Runs of one sweep at most: their documents are read by one function. */
export const MAX_SWEEP_CONFIGS = 1000;

const { runId } = startRunInput.shape;
const count = z.int().min(1).max(1_000_000_000);
const index = planBatchOutput.shape.items;
const dollars = z.number().min(0);
const metric = metricName.optional();
const model = jobConfigSchema.shape.model.unwrap();
const cap = jobConfigSchema.shape.maxDollars;

/** Of a field's value: more than any field takes, and little enough to be gone through without care. */
const MAX_DEPTH = 8;
const isShallow = (value: unknown, depth = MAX_DEPTH): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((part) => isShallow(part, depth - 1)));
/** Values to try, each as the config's schema takes it. */
const values = z
  .array(z.unknown().refine((value) => isShallow(value), `expected at most ${MAX_DEPTH} levels`))
  .min(1)
  .max(MAX_SWEEP_CONFIGS);
/** Draws are uniform between both ends, or their logarithms are. */
const range = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    log: z.boolean().default(false),
    integer: z.boolean().default(false),
  })
  .refine(({ min, max }) => min < max, 'expected min below max')
  .refine(({ min, log }) => !log || min > 0, 'expected min above 0 where log is true')
  .refine(
    ({ min, max, integer }) => !integer || (Number.isSafeInteger(min) && Number.isSafeInteger(max)),
    'expected integers as min and max where integer is true',
  );
export type Range = z.output<typeof range>;
const space = z.record(
  z.string(),
  z.union([values, range], 'expected a list of values, or {"min": …, "max": …, "log"?: …, "integer"?: …}'),
);

/** Input of the sweep's state machine. */
export const sweepInput = z
  .strictObject({
    /** What all runs have in common: a training config. */
    config: z.record(z.string(), z.unknown()).default({}),
    /** Every combination of these fields' values is tried. */
    grid: z.record(z.string(), values).optional(),
    random: z
      .strictObject({
        samples: z.int().min(1).max(MAX_SWEEP_CONFIGS),
        seed: z.int().min(0).max(0xffff_ffff).default(0),
        space,
      })
      .optional(),
    /** The best of every eta runs go on, eta times as long, until the config's iterations are trained. */
    halving: z.strictObject({ firstIterations: count, eta: z.int().min(2).max(100).default(3) }).optional(),
    /** What the best is the best in; by default the accuracy on the test set, or where there is none the loss on it. */
    metric,
    /** Of all runs together. */
    maxDollars: cap,
    /** Name that the best run's model gets; the config's by default. */
    model: model.optional(),
  })
  .refine(
    (input) => (input.grid === undefined) !== (input.random === undefined),
    'expected either grid or random',
  );
export type SweepInput = z.output<typeof sweepInput>;

export const sweepPlan = z.strictObject({
  formatVersion: z.literal(1),
  sweepId: sweepMembership.shape.id,
  metric,
  model,
  maxDollars: cap,
  /** By number: where they differ from the sweep's config, and what they are as a whole. */
  trials: z
    .array(z.strictObject({ differences: z.record(z.string(), z.unknown()), config: jobConfigSchema }))
    .min(1)
    .max(MAX_SWEEP_CONFIGS),
  /** One without halving, whose runs are as long as their configs say. */
  rungs: z.array(z.strictObject({ runs: count, iterations: count.nullable() })).min(1),
});
export type SweepPlan = z.output<typeof sweepPlan>;

/** An item of the Map: what StartRun gets, but for the dataset's digest. */
export const sweepRun = z.strictObject({
  runId,
  config: jobConfigSchema,
  sweep: sweepMembership,
  continueFrom: endOfRun.nullable(),
});
export type SweepRun = z.output<typeof sweepRun>;

/** Where the sweep stands. */
export const sweepRung = z.strictObject({
  rung: index,
  /** Where the runs of it stand. */
  runsKey: z.string(),
  runs: count,
  /** Whether nothing is left but to promote the best. */
  done: z.boolean(),
  best: endOfRun.extend({ stopped: z.string().nullable() }).nullable(),
});
export type SweepRung = z.output<typeof sweepRung>;

export const planSweepInput = z.strictObject({ sweepId: sweepMembership.shape.id, input: z.unknown() });
export const planSweepOutput = z.strictObject({
  sweepId: sweepMembership.shape.id,
  /** What all runs have in common. */
  config: jobConfigSchema,
  files: validateConfigOutput.shape.files,
  rung: sweepRung,
});
export const collectSweepInput = z.strictObject({ sweepId: sweepMembership.shape.id, rung: index });

/** A line of the leaderboard: what became of a config. */
export const leaderboardEntry = z.strictObject({
  /** 1 is the best; the same where the figures are the same. null when nothing of the config can be ranked. */
  rank: count.nullable(),
  trial: index,
  differences: z.record(z.string(), z.unknown()),
  /** The last of the config's runs that succeeded, or else the last. */
  runId,
  rung: index,
  state: z.enum(['succeeded', 'failed']),
  /** The sweep's metric at the run's end. */
  value: z.number().nullable(),
  step: index.nullable(),
  /** What the config's runs have cost, by their own estimates. */
  dollars,
  /** From the start of each of the config's runs to its end. */
  seconds: z.number().min(0),
  /** Why training ended before its last step, where a cap ended it. */
  stopped: z.string().nullable(),
  /** Why the run, or its run in a later rung, failed. */
  reason: z.string().nullable(),
});
export type LeaderboardEntry = z.output<typeof leaderboardEntry>;

export const leaderboard = z.strictObject({
  formatVersion: z.literal(1),
  sweepId: sweepMembership.shape.id,
  model,
  /** null when no run succeeded and none was named. */
  metric: metric.unwrap().nullable(),
  /** Best first, failed ones last. */
  entries: z.array(leaderboardEntry),
  /** The sum of the entries'. */
  dollars,
  maxDollars: cap.unwrap().nullable(),
  /** Why the sweep ended before its last rung, where its cap ended it. */
  stopped: z.string().nullable(),
  best: sweepRung.shape.best,
});
export type Leaderboard = z.output<typeof leaderboard>;
