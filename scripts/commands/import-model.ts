/**
 * `npm run import-model`: uploads a file of weights to the deployed cloud (`--stack`) or to the running local cloud,
 * where it is evaluated and promoted like a trained model.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { LAYOUTS } from '../../core/exchange/tensor-layout.ts';
import {
  decodeWeights,
  type ImportedWeights,
  MAX_WEIGHTS_BYTES,
  type WeightsFormat,
} from '../../core/exchange/weights.ts';
import { presumedShape } from '../../core/ingest/catalogue/known-shape.ts';
import { specOf } from '../../core/ingest/catalogue/user-dataset.ts';
import { Network } from '../../core/model/network.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { newRunName } from '../../functions/executions/names.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { validateAgainstDataset } from '../../functions/schemas/validate-against-dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { sha256 } from '../../functions/store/sha256.ts';
import { checkName, type Options, orUsageError, texts, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { findJob } from '../client/named-dataset.ts';
import { startAndShow } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS, type Target } from '../client/target.ts';
import { JSON_OPTION, talkOnStandardError } from '../support/result.ts';

const EXAMPLE = '[[28, 28, 1], {"conv": 16, "kernel": 3}, {"maxPool": 2}, 10]';

const HELP = `npm run import-model -- FILE --model NAME [options]
  FILE              weights: a .npz, a pickle of a dict of NumPy arrays, or safetensors, with the arrays W1, b1, W2, b2, …,
                    or NAME.weight and NAME.bias as PyTorch has them, or NAME/kernel and NAME/bias as Keras does
  --model NAME      the model that it becomes a version of
  --layers JSON     of a network of pictures, as a config has them (default: dense layers of the sizes that the weights
                    have, or what the file says itself)
  --layout NAME     stepnet (as Keras), textbook or pytorch: how the weights are laid out, where names and shapes
                    don't say it
  --tensors A,B,C   names of the layers in the network's order, where the file doesn't say it: conv1,conv2,fc
  --activation NAME of the hidden layers: sigmoid (default), relu, step or identity
  --output NAME     softmax (default) or identity
  --dataset NAME    what it is evaluated on (default mnist)
  --stack NAME      import into the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER     the local cloud's data folder (default .stepnet)
  --name NAME       the import's id (default: import and time)
  --json            what came of it as JSON; all else goes to standard error`;

const EXTENSIONS: Readonly<Record<WeightsFormat, string>> = {
  npz: 'npz',
  pickle: 'pkl',
  safetensors: 'safetensors',
};

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...JSON_OPTION,
  ...texts('model', 'layers', 'layout', 'tensors', 'activation', 'output', 'dataset', 'name'),
} as const;

async function importModel(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  if (words.length > 1) throw new UsageError(`one file at a time, got ${words.join(' ')}`);
  const [file] = words;
  if (file === undefined || options.model === undefined) throw new UsageError(HELP);
  checkName('--name', options.name);
  if (options.json === true) talkOnStandardError();
  const bytes = readFile(file);
  const how = howToRead(options);
  const weights = await decodeWeights(bytes, how);
  let target: Target | undefined;
  const find = async () => {
    target ??= await findTarget(options);
    return target;
  };
  const config = await importConfig(weights, options, async () => (await find()).store());
  console.log(`${basename(file)}: ${weights.format}\n${new Network(config, weights.layers).summary()}`);

  const { client, output, store, options: place } = await find();
  const { name = newRunName('import') } = options;
  const key = KEYS.importedWeights(name, EXTENSIONS[weights.format]);
  await store().createImmutable(key, bytes);
  const { layout, tensors } = how;
  const input = { config, weights: { key, sha256: sha256(bytes), layout, tensors } };
  const stateMachineArn = output(OUTPUTS.importStateMachine);
  const { json } = options;
  return startAndShow('import', { client, options: place, stateMachineArn, name, input, json });
}

/** @throws UsageError for layers that are no list, and another layout */
function howToRead({ layers, layout, tensors }: Options<typeof OPTIONS>) {
  const name = LAYOUTS.find((each) => each === layout);
  if (layout !== undefined && name === undefined) {
    throw new UsageError(`--layout: got ${layout}, expected ${LAYOUTS.join(', ')}`);
  }
  return {
    layers: layers === undefined ? undefined : layersOf(layers),
    layout: name,
    tensors: tensors?.split(','),
  };
}

function layersOf(text: string): LayerSpecs {
  const expected = `expected a list in JSON such as ${EXAMPLE}`;
  const layers: unknown = orUsageError(() => JSON.parse(text), `--layers: ${expected}`);
  if (!Array.isArray(layers)) throw new UsageError(`--layers: got ${text}, ${expected}`);
  return layers;
}

/** @throws UsageError when it can't be read, or is larger than weights can be */
function readFile(path: string): Uint8Array {
  return orUsageError(() => {
    const { size } = statSync(path);
    if (size > MAX_WEIGHTS_BYTES) throw new Error(`${size} bytes, at most ${MAX_WEIGHTS_BYTES} are read`);
    return readFileSync(path);
  }, path);
}

/**
 * The config that the weights are a result of, as far as anybody knows: a checkpoint of ours says itself what it is.
 *
 * @throws UsageError or ConfigError naming the option, its value and what is allowed
 */
async function importConfig(
  { specs, architecture }: ImportedWeights,
  options: Options<typeof OPTIONS>,
  findStore: () => Promise<ObjectStore>,
): Promise<JobConfig> {
  const { model, dataset, activation, output = architecture?.output ?? 'softmax' } = options;
  const loss = output === 'identity' ? 'meanSquaredError' : 'crossEntropy';
  const given = { model, dataset, activation: activation ?? architecture?.activation, output, loss };
  const fields = Object.entries({ ...given, layers: specs }).filter(([, value]) => value !== undefined);
  const { config } = await findJob(Object.fromEntries(fields), findStore);
  validateAgainstDataset(config, presumedShape(specOf(config.dataset), config.layers));
  return config;
}

runCommand(HELP, OPTIONS, importModel);
