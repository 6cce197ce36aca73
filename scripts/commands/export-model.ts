/** `npm run export-model`: writes a promoted model's weights to a file, for ONNX runtimes or for Python. */
import { writeFileSync } from 'node:fs';
import { encodeOnnx } from '../../core/exchange/onnx.ts';
import { encodeWeights } from '../../core/exchange/weights.ts';
import { describeLayers } from '../../core/network/describe-layers.ts';
import { type Checkpoint, decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { getServing, getVersion, readCheckpoint } from '../../functions/models/versions.ts';
import { type Options, orUsageError, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { describeFigures } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { JSON_OPTION, tell } from '../support/result.ts';

const HELP = `npm run export-model -- FILE [options]
  FILE            its ending says the format:
                  .onnx         the network: x float32 [N, inputs] (pixels / 255) → y float32 [N, classes]
                  .safetensors  the weights alone: W1, b1, W2, b2, …
  --model NAME    the model (default mnist)
  --version N     one of its versions (default: the newest promoted one)
  --json          what was written as JSON
  --stack NAME    from the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

const ENCODERS: Readonly<Record<string, (checkpoint: Checkpoint, name: string) => Uint8Array>> = {
  onnx: ({ architecture, layers }, name) => encodeOnnx(architecture, layers, name),
  safetensors: ({ architecture, layers }) => encodeWeights(layers, architecture.layers),
};

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...JSON_OPTION,
  model: { type: 'string', default: 'mnist' },
  version: { type: 'string' },
} as const;

async function exportModel(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  if (words.length > 1) throw new UsageError(`one file at a time, got ${words.join(' ')}`);
  const [file] = words;
  if (file === undefined) throw new UsageError(HELP);
  const encode = ENCODERS[/\.([a-z]+)$/.exec(file)?.[1] ?? ''];
  if (encode === undefined)
    throw new UsageError(`${file}: expected a name that ends in .onnx or .safetensors`);
  const wanted = options.version && wholeNumber('--version', options.version, 1);
  const store = (await findTarget(options)).store();
  const version = wanted
    ? await getVersion(store, options.model, wanted)
    : await getServing(store, options.model);
  const { metrics, runId, step } = version;
  const checkpoint = decodeCheckpoint(await readCheckpoint(store, version));
  const bytes = encode(checkpoint, options.model);
  orUsageError(() => writeFileSync(file, bytes, { flag: 'wx' }), file);
  const { layers } = checkpoint.architecture;
  const told =
    `${file}: ${options.model} version ${version.version}, ${describeLayers(layers)}, ` +
    `step ${step} of run ${runId}, ${describeFigures(metrics)}, ${bytes.length} bytes`;
  const { model, version: number } = version;
  tell(options.json, told, {
    file,
    bytes: bytes.length,
    model,
    version: number,
    layers,
    runId,
    step,
    metrics,
  });
}

runCommand(HELP, OPTIONS, exportModel);
