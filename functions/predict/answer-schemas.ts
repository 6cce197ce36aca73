/** What answers hold; the tests parse every answer with these, and openapi.json is made from them. */
import * as z from 'zod';
import { ACTIVATIONS, LOSSES, OUTPUTS } from '../../core/network/architecture.ts';
import { pictureForm } from '../schemas/dataset.ts';
import {
  candidateModel,
  runConfig,
  runStatus,
  stepMetrics,
  modelVersion as versionDocument,
} from '../schemas/documents.ts';
import { openLayers } from '../schemas/layer-specs.ts';

const model = versionDocument.shape.model;
const version = versionDocument.shape.version;
const count = z.int().min(0);
const base64 = z.base64();

/** Any error outside of /v2. */
export const errorAnswer = z.strictObject({
  error: z.string().describe('names the field, what was given and what is allowed'),
  field: z.string().optional(),
});

/** Of a model of a table. */
const unknown = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .optional()
  .describe('by column, what the training set did not have: it counted for nothing');

const classPrediction = z.strictObject({
  class: count,
  className: z.string().optional().describe('where the dataset names its classes'),
  probabilities: z.array(z.number()).describe('one per class; they sum to 1 up to float32 rounding'),
  pixels: z.array(z.number()).optional().describe('what the network saw, with pixels=true'),
  explanation: z
    .array(z.number())
    .optional()
    .describe("gradient × input of the class's logit for each pixel, with explain=true"),
  unknown,
});
const valuePrediction = z.strictObject({
  values: z.record(z.string(), z.number()).describe("of a regression, by target, in the target's own unit"),
  unknown,
});
export const prediction = z.union([classPrediction, valuePrediction]);
const lineage = { model, version };
export const predictAnswer = z.union([
  classPrediction.extend(lineage),
  z.strictObject({ predictions: z.array(prediction), ...lineage }),
]);

export const modelsAnswer = z.strictObject({
  models: z.array(z.strictObject({ name: model, version: version.describe('newest promoted') })),
});

/** Of a table, as a row that is predicted has them. */
export const column = z.discriminatedUnion('type', [
  z.strictObject({
    name: z.string(),
    type: z.literal('numeric'),
    min: z.number().describe('of the training set, as are the others'),
    max: z.number(),
    mean: z.number(),
  }),
  z.strictObject({ name: z.string(), type: z.literal('categorical'), categories: z.array(z.string()) }),
]);

export const modelAnswer = z.strictObject({
  name: model,
  latest: version,
  previous: version
    .nullable()
    .describe('served before: what a rollback goes back to when nothing is on trial'),
  trial: candidateModel.nullable().describe('the version that is on trial'),
  versions: z.array(versionDocument).describe('newest first, at most 100'),
  versionsOmitted: count.describe('about how many older ones are left out; ask for them with before'),
  columns: z
    .array(column)
    .nullable()
    .describe('that the serving version takes; null for one of pictures, or when its dataset is not there'),
  pictures: pictureForm
    .nullable()
    .describe(
      'how pictures become the inputs of the serving version; null where they are digits, or it takes none',
    ),
  classNames: z
    .array(z.string())
    .nullable()
    .describe('by class, where the dataset of the serving version has names'),
});

export const evaluation = z.strictObject({
  size: count,
  accuracy: z.number(),
  loss: z.number().describe('mean per sample'),
  cost: z.number().nullable().describe('mean per sample, where the dataset says what each mistake costs'),
  classNames: z.array(z.string()).nullable().describe('by class, where the dataset has names'),
  confusion: z
    .array(z.array(count))
    .describe('a row for each label, a column for each predicted class; empty for more than 256 classes'),
  mistakes: z.array(
    z.strictObject({
      index: count.describe('in the test set'),
      label: count,
      predicted: count,
      probabilities: z.array(z.number()),
      pixels: base64.nullable().describe('a byte for each; null where inputs are no bytes'),
    }),
  ),
  mistakeCount: count,
});

export const regressionEvaluation = z.strictObject({
  size: count,
  loss: z.number().describe('mean per sample'),
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      rmse: z.number(),
      mae: z.number(),
      r2: z.number().nullable().describe('null where all targets are the same'),
      samples: z
        .array(z.tuple([z.number(), z.number()]))
        .describe('target and prediction of some samples, evenly spread over the test set'),
    }),
  ),
});

export const reportAnswer = z.strictObject({
  ...lineage,
  architecture: z.strictObject({
    layers: openLayers,
    activation: z.enum(ACTIVATIONS),
    output: z.enum(OUTPUTS),
    loss: z.enum(LOSSES),
    parameters: count,
    summary: z.string(),
  }),
  lineage: versionDocument,
  evaluation: evaluation.nullable().describe('of a classification on the test set that the lineage names'),
  regression: regressionEvaluation.nullable().describe('of a regression on that test set'),
  evaluationMissing: z.string().nullable().describe('why there is no evaluation'),
  firstLayer: z
    .strictObject({
      inputs: count.describe('that each of its units or filters sees'),
      units: count.describe('of a convolution its filters'),
      shown: count,
      shape: z
        .array(count)
        .describe("of each one's weights: [inputs], of a filter [height, width, channels]"),
      weights: base64.describe('little-endian float32 [shown, inputs]'),
      bias: base64.describe('little-endian float32 [shown]'),
    })
    .describe('the first one with weights'),
});

export const runsAnswer = z.strictObject({
  runs: z
    .array(z.strictObject({ runId: z.string(), status: runStatus.nullable() }))
    .describe('newest start first'),
  next: z
    .string()
    .nullable()
    .describe(
      'the cursor of the runs that come after these, of which there may be fewer than asked for; null at the end',
    ),
  indexed: z
    .boolean()
    .describe('false while there is no index of runs: then a thousand runs at most are looked at'),
});
export const runAnswer = z.strictObject({
  runId: z.string(),
  status: runStatus.nullable(),
  config: runConfig.nullable(),
  metrics: z
    .array(stepMetrics)
    .describe('by step; of very many the newest, or with since the first ones after it'),
  metricsOmitted: count.describe('that are left out: older ones, or with since newer ones, at least so many'),
});
