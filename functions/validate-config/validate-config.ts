/** Turns the state machine's input into a complete config before anything is downloaded or written. */
import type { z } from 'zod';
import { CATALOGUE, type Catalogue, datasetSpec, inputSize } from '../../core/data/catalogue.ts';
import { validateAgainstDataset } from '../../core/training/validate.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { trainingConfigSchema, type validateConfigOutput } from '../shared/schemas.ts';

/**
 * @returns the config with defaults filled in and the files to download
 * @throws ConfigError naming each wrong field
 */
export function validateConfig(
  runId: string,
  input: unknown,
  catalogue: Catalogue = CATALOGUE,
): z.output<typeof validateConfigOutput> {
  const config = parsePayload(trainingConfigSchema, input, 'config');
  const spec = datasetSpec(config.dataset, catalogue);
  validateAgainstDataset(config, { inputSize: inputSize(spec), classes: spec.classes });
  return { runId, config, files: spec.files.map((file) => ({ dataset: spec.name, file: file.name })) };
}
