/** `npm run export-model`: writes a promoted model's weights to a file, for ONNX runtimes or for Python. */
import { writeFileSync } from 'node:fs';
import { encodeOnnx } from '../../core/exchange/onnx.ts';
import { encodeWeights } from '../../core/exchange/weights.ts';
import { type Checkpoint, decodeCheckpoint } from '../../core/index.ts';
import { getServing, getVersion, readCheckpoint } from '../../functions/models/versions.ts';
import { parseWords, UsageError } from '../cli/arguments.ts';
import { reportAndExit } from '../cli/exit.ts';
import { describeFigures } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';

const HELP = `npm run export-model -- FILE [options]
  FILE            its ending says the format:
                  .onnx         the network: x float32 [N, inputs] (pixels / 255) → y float32 [N, classes]
                  .safetensors  the weights alone: W1, b1, W2, b2, …
  --model NAME    the model (default mnist)
  --version N     one of its versions (default: the newest promoted one)
  --stack NAME    from the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

const ENCODERS: Readonly<Record<string, (checkpoint: Checkpoint, name: string) => Uint8Array>> = {
  onnx: ({ architecture, layers }, name) => encodeOnnx(architecture, layers, name),
  safetensors: ({ layers }) => encodeWeights(layers),
};

const OPTIONS = {
  ...TARGET_OPTIONS,
  model: { type: 'string', default: 'mnist' },
  version: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(): Promise<number> {
  const { words, options } = parseWords(process.argv.slice(2), OPTIONS);
  if (words.length > 1) throw new UsageError(`one file at a time, got ${words.join(' ')}`);
  const [file] = words;
  if (options.help === true) {
    console.log(HELP);
    return 0;
  }
  if (file === undefined) throw new UsageError(HELP);
  const encode = ENCODERS[/\.([a-z]+)$/.exec(file)?.[1] ?? ''];
  if (encode === undefined)
    throw new UsageError(`${file}: expected a name that ends in .onnx or .safetensors`);
  if (options.version !== undefined && !/^[1-9]\d{0,8}$/.test(options.version)) {
    throw new UsageError(`--version: got ${options.version}, expected a number from 1`);
  }
  const store = (await findTarget({ stack: options.stack, data: options.data })).store();
  const version =
    options.version === undefined
      ? await getServing(store, options.model)
      : await getVersion(store, options.model, Number(options.version));
  const { metrics, runId, step } = version;
  const checkpoint = decodeCheckpoint(await readCheckpoint(store, version));
  const bytes = encode(checkpoint, options.model);
  write(file, bytes);
  console.log(
    `${file}: ${options.model} version ${version.version}, ${checkpoint.architecture.layers.join('-')}, ` +
      `step ${step} of run ${runId}, ${describeFigures(metrics)}, ${bytes.length} bytes`,
  );
  return 0;
}

/** @throws UsageError when the file is there already, or can't be written */
function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

reportAndExit(main);
