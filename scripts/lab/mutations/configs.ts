/** Mistakes in configs of networks of pictures: what the dataset says of them, and the memory that they take. */
import { type Mutation, mistake } from './mutation.ts';

const MEMORY = 'functions/schemas/training-memory.ts';
const MEMORY_TEST = 'test/functions/schemas/training-memory.test.ts';
const BYTES = 'core/kernels/network-bytes.ts';
const BYTES_TEST = 'test/core/kernels/network-bytes.test.ts';

export const IN_CONFIGS: readonly Mutation[] = [
  mistake(
    "CIFAR-10's planes of colours stay planes",
    'core/ingest/cifar.ts',
    'row[pixel * PLANES + plane] = planes[at++]!;',
    'row[at] = planes[at++]!;',
    'test/functions/shard-dataset/pictures.test.ts',
  ),
  mistake(
    'hidden layers of pictures take the inputs as a number',
    'functions/schemas/layers.ts',
    'layers.some(takesPicture)',
    'false',
    'test/functions/schemas/layers.test.ts',
  ),
  mistake(
    'a table takes layers of pictures',
    'functions/schemas/validate-against-dataset.ts',
    'ofPictures >= 0 && picture === null',
    'false',
    'test/functions/schemas/validate-against-dataset.test.ts',
  ),
  mistake(
    'a config is checked against the default memory',
    'functions/validate-config/handler.ts',
    'trainMemoryMb()',
    '1769',
    'test/functions/handlers.test.ts',
  ),
  mistake(
    'frames of pictures are not counted as memory',
    BYTES,
    'frameBytes(record, trained)',
    '0',
    BYTES_TEST,
  ),
  mistake(
    'only the larger room for rows is counted as memory',
    BYTES,
    '[trained, roomFor(BLOCK_ROWS, trained)]',
    '[roomFor(BLOCK_ROWS, trained)]',
    BYTES_TEST,
  ),
  mistake(
    "the parts of workers are not counted as the reducer's memory",
    MEMORY,
    'Math.min(workers, AT_ONCE.roundParts) + MEAN_COPIES',
    '0',
    MEMORY_TEST,
  ),
  mistake(
    'a memory that is said to be enough brings threads that it has no room for',
    MEMORY,
    'enough = memoryNeeded(config, rows, enough);',
    'break;',
    MEMORY_TEST,
  ),
  mistake(
    'networks of earlier invocations stay in the memory of a function',
    'functions/kernels/kernels.ts',
    'kernels.releaseEngines();',
    '',
    'test/functions/kernels/kernels.test.ts',
  ),
  mistake(
    'a config is not compared with a dataset that is in memory already',
    'functions/dataset/load.ts',
    'await check(dataset.manifest);',
    '',
    'test/functions/regression.test.ts',
  ),
];
