/** Turns the state machine's input into a complete config before anything is downloaded or written. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import { knownBytes, presumedShape } from '../../core/ingest/catalogue/known-shape.ts';
import { specOf } from '../../core/ingest/catalogue/user-dataset.ts';
import { TRAIN_MEMORY_MB } from '../contract/functions.ts';
import { sourceOf } from '../dataset/sources.ts';
import { type GivenLayers, parseJobInput } from '../schemas/config.ts';
import { isOpen } from '../schemas/layers.ts';
import type { validateConfigOutput } from '../schemas/payloads.ts';
import { type Prices, readPrices } from '../schemas/prices.ts';
import { checkTrainingMemory } from '../schemas/training-memory.ts';
import { validateAgainstDataset } from '../schemas/validate-against-dataset.ts';
import { checkCaps } from './caps.ts';

/** States carry the config, and the files beside it; Step Functions takes 256 KiB of both. */
const MAX_CONFIG_BYTES = 100_000;

/**
 * @param options.memoryMb of the functions that train
 * @returns the config with defaults filled in and the files to download
 * @throws ConfigError naming each wrong field
 */
export function validateConfig(
  runId: string,
  input: unknown,
  {
    prices = readPrices(),
    catalogue = DATASETS,
    memoryMb = TRAIN_MEMORY_MB.default,
  }: { prices?: Prices; catalogue?: Catalogue; memoryMb?: number } = {},
): z.output<typeof validateConfigOutput> {
  const config = parseJobInput(input, catalogue);
  const bytes = Buffer.byteLength(JSON.stringify(config));
  if (bytes > MAX_CONFIG_BYTES) {
    throw new ConfigError(`config: got ${bytes} bytes of JSON, expected at most ${MAX_CONFIG_BYTES}`);
  }
  const spec = specOf(config.dataset, catalogue);
  try {
    validateAgainstDataset(config, presumedShape(spec, config.layers));
    // Layers and rows that only the files tell are StartRun's to check.
    if (!isOpen(config.layers)) {
      const rows = { kind: spec.format === 'csv' ? 'sparse' : 'u8', bytes: knownBytes(spec) } as const;
      checkTrainingMemory(config, rows, memoryMb, `the rows of ${spec.name}`);
    }
  } catch (error) {
    throw inGivenWords(error, input);
  }
  const files = spec.files.map((file) => {
    const source = sourceOf(spec, file, catalogue);
    return { dataset: spec.name, file: file.name, ...(source === undefined ? {} : { source }) };
  });
  checkCaps(config, prices);
  return { runId, config, files };
}

/** Of who gave the hidden layers alone, these are counted: `hidden[0]` is what all of `layers` have at 1. */
function inGivenWords(error: unknown, input: unknown): unknown {
  if (!(error instanceof ConfigError) || (input as GivenLayers).hidden === undefined) return error;
  const message = error.message.replace(/^layers\[(\d+)\]/, (_, index) => `hidden[${Number(index) - 1}]`);
  return new ConfigError(message, { cause: error });
}
