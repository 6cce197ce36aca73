/**
 * The JSON objects of the Open Inference Protocol v2, REST
 * (github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md). Fields that it does not name
 * are allowed in requests: extensions are part of the protocol.
 */
import * as z from 'zod';

const tensorName = z.string().max(200);
/** null in its place is as good as nothing there. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

const OTHERS = 'others are tolerated, and without effect';
const requestParameters = z
  .looseObject({
    binary_data_output: optional(z.boolean()).describe(
      'whether outputs are answered as bytes, behind the JSON',
    ),
  })
  .describe(OTHERS);
const inputParameters = z
  .looseObject({
    binary_data_size: optional(z.int().min(0)).describe(
      'bytes of the tensor behind the JSON, in place of data',
    ),
  })
  .describe(OTHERS);
const outputParameters = z
  .looseObject({
    binary_data: optional(z.boolean()).describe('instead of binary_data_output, for this output'),
  })
  .describe(OTHERS);
const shape = z.array(z.int().min(0).max(1_000_000)).min(1).max(8);

/** Elements in row-major order, flat or nested as the shape has it. */
const tensorData = z.array(z.unknown());

export const requestInput = z.looseObject({
  name: tensorName,
  shape,
  datatype: z.string().max(20),
  parameters: optional(inputParameters),
  data: tensorData,
});

export const requestOutput = z.looseObject({ name: tensorName, parameters: optional(outputParameters) });

/** As many columns as a table may have, each of which is an input. */
const MAX_TENSORS = 10_000;

/** All of it in JSON. */
export const inferenceRequest = z.looseObject({
  id: optional(z.string().max(1000)),
  parameters: optional(requestParameters),
  inputs: z.array(requestInput).min(1).max(MAX_TENSORS),
  outputs: optional(z.array(requestOutput).max(MAX_TENSORS)),
});
export type InferenceRequest = z.output<typeof inferenceRequest>;

/** As it comes: data that is not there may be behind the JSON. */
export const wireRequest = inferenceRequest.extend({
  inputs: z
    .array(requestInput.extend({ data: optional(tensorData) }))
    .min(1)
    .max(MAX_TENSORS),
});
export type WireRequest = z.output<typeof wireRequest>;

/** Looked at first, so that very many wrong tensors are one error and not as many. */
export const tensorCounts = z.looseObject({
  inputs: z.array(z.unknown()).max(MAX_TENSORS),
  outputs: optional(z.array(z.unknown()).max(MAX_TENSORS)),
});

const responseOutput = z.strictObject({
  name: z.string(),
  shape: z.array(z.int()),
  datatype: z.string(),
  parameters: z
    .strictObject({ binary_data_size: z.int().describe('bytes of the tensor behind the JSON') })
    .optional(),
  data: z
    .union([z.array(z.number()), z.array(z.string())])
    .optional()
    .describe('unless it is behind the JSON'),
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
