/**
 * `npm run batch`: predicts many images at once, in the running local cloud or, with `--stack`, in AWS: uploads them,
 * starts the state machine, and fetches its lines.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { KEYS } from '../../functions/contract/keys.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { batchSummary } from '../../functions/schemas/documents.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { batchInput } from '../../functions/schemas/payloads.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { type Options, orUsageError, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { newRunName, outputOf, startExecution } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';

const HELP = `npm run batch -- PATH... [options]
  PATH            PNG or JPEG files, folders of them, or one file of many images: IDX, or safetensors with x U8 [n, d]
  --prefix KEY    instead: images that are in the bucket already, below batches/ or datasets/
  --file KEY      instead: a file of many images in the bucket, e.g. datasets/mnist/source/t10k-images-idx3-ubyte
  --out FILE      where the predictions go, as JSON Lines (default: shown)
  --model NAME    the model (default: the app's)
  --version N     one of its versions (default: the one that serves when the batch begins)
  --stack NAME    in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --name NAME     the batch's id (default: batch and time)`;
const IMAGE = /\.(png|jpe?g)$/i;

const OPTIONS = {
  ...TARGET_OPTIONS,
  prefix: { type: 'string' },
  file: { type: 'string' },
  out: { type: 'string' },
  model: { type: 'string' },
  version: { type: 'string' },
  name: { type: 'string' },
} as const;

async function batch(options: Options<typeof OPTIONS>, paths: string[]): Promise<undefined> {
  const { name = newRunName('batch') } = options;
  const files = findFiles(paths);
  const input = readInput(name, files, options);
  const target = await findTarget(options, 'batch');
  const store = target.store();
  await mapSomeAtOnce(files, ({ path, key }) =>
    store.createImmutable(KEYS.batchInputPrefix(name) + key, readFileSync(path)),
  );
  const stateMachineArn = target.output(OUTPUTS.batchStateMachine);
  const executionArn = await startExecution({ client: target.client, stateMachineArn, name, input });
  const output = await outputOf(`batch ${name}`, target.client, executionArn);
  const { predictions, predicted, items, model, version } = batchSummary.parse(output);
  const object = await store.get(predictions);
  if (object === undefined) throw new Error(`${predictions} is not there`);
  if (options.out === undefined) process.stdout.write(object.body);
  else writeFileSync(options.out, object.body);
  const where = options.out ?? predictions;
  // The lines alone go where they may be piped from.
  const say = options.out === undefined ? console.error : console.log;
  say(`${predicted} of ${items} predicted by ${model} version ${version}: ${where}`);
}

/** The state machine's input. @throws UsageError naming what is wrong with it */
function readInput(
  name: string,
  files: readonly { key: string }[],
  { prefix, file, model, version }: Options<typeof OPTIONS>,
): Record<string, unknown> {
  const given = [files.length > 0, prefix !== undefined, file !== undefined].filter(Boolean);
  if (given.length !== 1) throw new UsageError(HELP);
  const [first] = files;
  const isImages = files.length !== 1 || IMAGE.test(first!.key);
  const uploaded = isImages
    ? { prefix: KEYS.batchInputPrefix(name) }
    : { file: KEYS.batchInputPrefix(name) + first!.key };
  const source = files.length > 0 ? uploaded : { prefix, file };
  const number = version === undefined ? undefined : Number(version);
  return orUsageError(() => parsePayload(batchInput, { ...source, model, version: number }, 'batch'));
}

/** Files and the images in folders, by name. @throws UsageError for a path that is not there, and for equal names */
function findFiles(paths: readonly string[]): { path: string; key: string }[] {
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const file of filesAt(path)) {
      const key = basename(file);
      if (found.has(key)) throw new UsageError(`${file}: ${found.get(key)} has the same name`);
      found.set(key, file);
    }
  }
  return [...found].map(([key, path]) => ({ path, key }));
}

function filesAt(path: string): string[] {
  return orUsageError(() => {
    if (!statSync(path).isDirectory()) return [path];
    const images = readdirSync(path).filter((name) => IMAGE.test(name));
    if (images.length === 0) throw new Error('there is no .png or .jpg in it');
    return images.sort().map((name) => join(path, name));
  }, path);
}

runCommand(HELP, OPTIONS, batch);
