/**
 * The JSON objects of the Open Inference Protocol v2, REST
 * (github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md). Fields that it does not name
 * are allowed in requests: extensions are part of the protocol.
 */
import * as z from 'zod';

const tensorName = z.string().max(200);
const parameters = z.looseObject({}).describe('tolerated, and without effect');
const shape = z.array(z.int().min(0).max(1_000_000)).min(1).max(8);

/** Elements in row-major order, flat or nested as the shape has it. */
const tensorData = z.array(z.unknown());

export const requestInput = z.looseObject({
  name: tensorName,
  shape,
  datatype: z.string().max(20),
  parameters: parameters.optional(),
  data: tensorData,
});

export const requestOutput = z.looseObject({ name: tensorName, parameters: parameters.optional() });

/** As many columns as a table may have, each of which is an input. */
const MAX_TENSORS = 10_000;

export const inferenceRequest = z.looseObject({
  id: z.string().max(1000).optional(),
  parameters: parameters.optional(),
  inputs: z.array(requestInput).min(1).max(MAX_TENSORS),
  outputs: z.array(requestOutput).max(MAX_TENSORS).optional(),
});

/** Looked at first, so that very many wrong tensors are one error and not as many. */
export const tensorCounts = z.looseObject({
  inputs: z.array(z.unknown()).max(MAX_TENSORS),
  outputs: z.array(z.unknown()).max(MAX_TENSORS).optional(),
});

const responseOutput = z.strictObject({
  name: z.string(),
  shape: z.array(z.int()),
  datatype: z.string(),
  data: z.union([z.array(z.number()), z.array(z.string())]),
});
export type ResponseOutput = z.output<typeof responseOutput>;

export const inferenceResponse = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: z
    .strictObject({
      unknown: z
        .string()
        .describe('JSON: of each row, what the training set did not have by column, or null'),
    })
    .optional(),
  outputs: z.array(responseOutput),
});
export type InferenceResponse = z.output<typeof inferenceResponse>;

const metadataTensor = z.strictObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1 for a dimension of any size'),
});

export const serverMetadata = z.strictObject({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const modelMetadata = z.strictObject({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(metadataTensor),
  outputs: z.array(metadataTensor),
});
export type ModelMetadata = z.output<typeof modelMetadata>;

export const serverLive = z.strictObject({ live: z.boolean() });
/** The specification calls the field `live` here, too; servers and clients use `ready`. */
export const serverReady = z.strictObject({ live: z.boolean(), ready: z.boolean() });
export const modelReady = z.strictObject({ name: z.string(), ready: z.boolean() });

export const oipError = z.strictObject({ error: z.string() });
