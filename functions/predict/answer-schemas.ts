/** What answers hold; the tests parse every answer with these, and openapi.json is made from them. */
import * as z from 'zod';
import { runConfig, runStatus, stepMetrics, modelVersion as versionDocument } from '../shared/schemas.ts';

const model = versionDocument.shape.model;
const version = versionDocument.shape.version;
const count = z.int().min(0);
const base64 = z.base64();

/** Any error outside of /v2. */
export const errorAnswer = z.strictObject({
  error: z.string().describe('names the field, what was given and what is allowed'),
  field: z.string().optional(),
});

export const prediction = z.strictObject({
  class: count,
  probabilities: z.array(z.number()).describe('one per class; they sum to 1 up to float32 rounding'),
  pixels: z.array(z.number()).optional().describe('what the network saw, with pixels=true'),
  explanation: z
    .array(z.number())
    .optional()
    .describe("gradient × input of the class's logit for each pixel, with explain=true"),
});
const lineage = { model, version };
export const predictAnswer = z.union([
  prediction.extend(lineage),
  z.strictObject({ predictions: z.array(prediction), ...lineage }),
]);

export const modelsAnswer = z.strictObject({
  models: z.array(z.strictObject({ name: model, version: version.describe('newest promoted') })),
});

export const modelAnswer = z.strictObject({
  name: model,
  latest: version,
  versions: z.array(versionDocument).describe('newest first'),
  versionsOmitted: count.describe('older ones that are left out'),
});

export const evaluation = z.strictObject({
  size: count,
  accuracy: z.number(),
  confusion: z.array(z.array(count)).describe('a row for each label, a column for each predicted class'),
  mistakes: z.array(
    z.strictObject({
      index: count.describe('in the test set'),
      label: count,
      predicted: count,
      probabilities: z.array(z.number()),
      pixels: base64.describe('a byte for each'),
    }),
  ),
  mistakeCount: count,
});

export const reportAnswer = z.strictObject({
  ...lineage,
  architecture: z.strictObject({
    layers: z.array(count),
    activation: z.string(),
    output: z.string(),
    loss: z.string(),
    parameters: count,
    summary: z.string(),
  }),
  lineage: versionDocument,
  evaluation: evaluation.nullable().describe('on the test set that the lineage names'),
  evaluationMissing: z.string().nullable().describe('why there is no evaluation'),
  firstLayer: z.strictObject({
    inputs: count,
    units: count,
    shown: count,
    weights: base64.describe('little-endian float32 [shown, inputs]'),
  }),
});

export const runsAnswer = z.strictObject({
  runs: z.array(z.strictObject({ runId: z.string(), status: runStatus.nullable() })),
});
export const runAnswer = z.strictObject({
  runId: z.string(),
  status: runStatus.nullable(),
  config: runConfig.nullable(),
  metrics: z.array(stepMetrics),
  metricsOmitted: count,
});
