/** What schemas have in common: names, counts, references to objects, figures. */
import * as z from 'zod';
import { LAYOUTS } from '../../core/exchange/tensor-layout.ts';
import { MAX_LAYERS } from './layer-specs.ts';

const MAX_TENSOR_NAME = 200;

// Otherwise each object's schema is compiled when it is first used: milliseconds of a cold start for microseconds of a parse.
z.config({ jitless: true });

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected 1-63 of a-z 0-9 . _ -, not starting with a sign');
export const count = z.int().min(1).max(1_000_000_000);
export const steps = z.int().min(0).max(1_000_000_000);
export const step = z.int().min(0).max(99_999_999);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const runId = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'expected 1-80 of A-Z a-z 0-9 _ -');
/** A run's id, or that with a number: the executions that go on with a run are called `<run's id>.1`, `.2` and so on. */
export const executionName = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]{1,72}(\.[1-9][0-9]{0,5})?$/,
    'expected 1-72 of A-Z a-z 0-9 _ -, then nothing or a dot and a number from 1',
  );

/** What is said of an execution's name that would go on with a run which is not there. */
export const notBegun = (name: string, runId: string): string =>
  `got ${name}, which would go on with the run ${runId}, but there is none; expected a name without a dot`;
export const dollars = z.number().min(0);
export const isoTime = z.iso.datetime();
export const metricName = z.enum(['testAccuracy', 'trainAccuracy', 'testLoss', 'loss']);
/** What S3 takes for a key: 1 to 1,024 bytes of UTF-8, which half a surrogate pair has none of. */
export const objectKey = z
  .string()
  .refine(
    (key) => key !== '' && key.isWellFormed() && new TextEncoder().encode(key).length <= 1024,
    'expected 1 to 1024 bytes of UTF-8',
  );
export const checkpointRef = z.strictObject({
  key: objectKey,
  sha256,
  bytes: z.int().min(1),
});
export type CheckpointRef = z.output<typeof checkpointRef>;
export const accuracy = z.number().min(0).max(1);
export const figure = z.number().nullable().default(null);
/** Of one output of a regression, in its target's unit; r2 is null where the test set's targets are all the same. */
const outputMetrics = z.strictObject({
  rmse: z.number().min(0),
  mae: z.number().min(0),
  r2: z.number().max(1).nullable(),
});
/** How a network does on whole splits. Documents from before losses were measured have accuracies alone. */
export const splitFigures = {
  /** Accuracies are null for a regression. */
  trainAccuracy: accuracy.nullable(),
  testAccuracy: accuracy.nullable(),
  /** Mean per sample, without weight decay. */
  trainLoss: figure,
  testLoss: figure,
  /** Mean cost per sample of the test set, where the dataset says what each mistake costs. */
  testCost: figure,
  /** Of a regression, on the test set. */
  outputs: z.array(outputMetrics).nullable().default(null),
} as const;
const splitFiguresSchema = z.strictObject(splitFigures);
export type SplitFigures = z.output<typeof splitFiguresSchema>;
/** Where a run's weights come from when it imports them instead of training them: the file, as uploaded. */
export const importedWeights = z.strictObject({
  key: objectKey.regex(/^imports\//, 'expected a key below imports/'),
  sha256,
  /** Where names and shapes don't say it. */
  layout: z.enum(LAYOUTS).optional(),
  /** Names of the layers in the network's order, where the file doesn't say it. */
  tensors: z.array(z.string().min(1).max(MAX_TENSOR_NAME)).min(1).max(MAX_LAYERS).optional(),
});
export type ImportedWeights = z.output<typeof importedWeights>;
/** Which of a sweep's settings a run tries, and in which of its rungs; the sweep's plan says so, never a config. */
export const sweepMembership = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,60}$/, 'expected 1-60 of A-Z a-z 0-9 _ -'),
  trial: steps,
  rung: steps,
});
/** How another run ended. */
export const endOfRun = z.strictObject({ runId, step, checkpoint: checkpointRef });
export type EndOfRun = z.output<typeof endOfRun>;
/** Longest times so far that parts of the run took, in ms: what is kept back for its end is taken from them. */
export const pace = z.strictObject({
  loadMs: z.number().min(0),
  stepMs: z.number().min(0),
  evaluateMs: z.number().min(0),
  saveMs: z.number().min(0),
});
export type Pace = z.output<typeof pace>;
