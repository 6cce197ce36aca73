/**
 * `npm run batch`: predicts many images at once, in the running local cloud or, with `--stack`, in AWS: uploads them,
 * starts the state machine, and fetches its lines.
 */
import { writeFileSync } from 'node:fs';
import { KEYS } from '../../functions/contract/keys.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { newRunName } from '../../functions/executions/names.ts';
import { batchSummary } from '../../functions/schemas/documents.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { batchInput } from '../../functions/schemas/payloads.ts';
import { checkName, type Options, orUsageError, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { type BatchFile, findFiles, isImage, keyOf, linesOf, uploadFiles } from '../client/batch-files.ts';
import { outputOf, startExecution } from '../client/run.ts';
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

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...texts('prefix', 'file', 'out', 'model', 'version', 'name'),
} as const;

async function batch(options: Options<typeof OPTIONS>, paths: string[]): Promise<undefined> {
  checkName('--name', options.name);
  const { name = newRunName('batch') } = options;
  const files = findFiles(paths);
  const prefix = KEYS.batchInputPrefix(name);
  const input = readInput(prefix, files, options);
  const target = await findTarget(options, 'batch');
  const store = target.store();
  await uploadFiles(store, prefix, files);
  const unread = files.filter(({ error }) => error !== undefined);
  if (files.length > 0 && unread.length === files.length) {
    throw new UsageError(unread.map(({ item, error }) => `${item}: ${error}`).join('\n'));
  }
  const stateMachineArn = target.output(OUTPUTS.batchStateMachine);
  const executionArn = await startExecution({ client: target.client, stateMachineArn, name, input });
  const output = await outputOf(`batch ${name}`, target.client, executionArn);
  const { predictions, predicted, items, model, version } = batchSummary.parse(output);
  const object = await store.get(predictions);
  if (object === undefined) throw new Error(`${predictions} is not there`);
  const lines = new TextDecoder().decode(object.body);
  const named = 'prefix' in input && files.length > 0 ? linesOf(lines, prefix, files) : lines;
  if (options.out === undefined) process.stdout.write(named);
  else writeFileSync(options.out, named);
  const where = options.out ?? predictions;
  // The lines alone go where they may be piped from.
  const say = options.out === undefined ? console.error : console.log;
  say(`${predicted} of ${items + unread.length} predicted by ${model} version ${version}: ${where}`);
}

/** The state machine's input. @throws UsageError naming what is wrong with it */
function readInput(
  uploads: string,
  files: readonly BatchFile[],
  { prefix, file, model, version }: Options<typeof OPTIONS>,
): Record<string, unknown> {
  const given = [files.length > 0, prefix !== undefined, file !== undefined].filter(Boolean);
  if (given.length !== 1) throw new UsageError(HELP);
  const isImages = files.length !== 1 || isImage(files[0]!.item);
  const uploaded = isImages ? { prefix: uploads } : { file: keyOf(uploads, 0) };
  const source = files.length > 0 ? uploaded : { prefix, file };
  const number = version === undefined ? undefined : wholeNumber('--version', version, 1);
  return orUsageError(() => parsePayload(batchInput, { ...source, model, version: number }, 'batch'));
}

runCommand(HELP, OPTIONS, batch);
