/** Mistakes in what pictures become before a step trains on them. */
import { type Mutation, mistake } from './mutation.ts';

const AUGMENTER = 'core/augmentation/augmenter.ts';
const PLACEMENT = 'core/augmentation/placement.ts';
const RESAMPLE = 'core/augmentation/resample.ts';
const TESTS = 'test/core/augmentation';

export const IN_AUGMENTATION: readonly Mutation[] = [
  mistake(
    'all rows of a batch are augmented alike',
    AUGMENTER,
    'place(this.#placement, this.#augmentation, height, width, this.#seed, step, row)',
    'place(this.#placement, this.#augmentation, height, width, this.#seed, step, 0)',
    TESTS,
  ),
  mistake(
    'all steps augment alike',
    AUGMENTER,
    'place(this.#placement, this.#augmentation, height, width, this.#seed, step, row)',
    'place(this.#placement, this.#augmentation, height, width, this.#seed, 0, row)',
    TESTS,
  ),
  mistake(
    'augmented rows have labels of other rows',
    AUGMENTER,
    'picked[n] = labels[batch[n]!]!',
    'picked[n] = labels[n]!',
    TESTS,
  ),
  mistake('augmented rows keep what was in their place before', AUGMENTER, 'row.fill(0)', 'row.at(0)', TESTS),
  mistake(
    'pictures are turned about the centre of a square',
    PLACEMENT,
    '[(height - 1) / 2, (width - 1) / 2]',
    '[(height - 1) / 2, (height - 1) / 2]',
    TESTS,
  ),
  mistake('mirrored pictures are a pixel off', PLACEMENT, 'width - 1 - to.x0', 'width - to.x0', TESTS),
  mistake(
    'a crop never reaches its last row',
    PLACEMENT,
    'multiplyHigh(words[1]!, 2 * crop + 1)',
    'multiplyHigh(words[1]!, 2 * crop)',
    TESTS,
  ),
  mistake(
    'rotations turn one way only',
    PLACEMENT,
    '(rotation / 360) * either(words[2]!)',
    '(rotation / 360) * Math.abs(either(words[2]!))',
    TESTS,
  ),
  mistake(
    'elastic distortions go along diagonals',
    RESAMPLE,
    'startOf(field, windowAcross)',
    'startOf(field, windowDown)',
    TESTS,
  ),
  mistake(
    'augmented bytes are rounded down',
    RESAMPLE,
    'between(upper, lower, below[pixel]!) + HALF',
    'between(upper, lower, below[pixel]!)',
    TESTS,
  ),
  mistake(
    'all channels of an augmented picture are the first',
    RESAMPLE,
    'corners[pixel]! + channel',
    'corners[pixel]!',
    TESTS,
    'interpolateBytes',
  ),
  mistake(
    'the field of displacements ends at its last row',
    'core/augmentation/displacement.ts',
    '(row % size) * size',
    'Math.min(row, size - 1) * size',
    TESTS,
  ),
  mistake(
    'a config’s augmentation is not looked at',
    'core/training/trainer.ts',
    'this.#augmenter?.augment(rows.data, rows.batch, this.#step) ?? rows',
    'rows',
    'test/core/training/augmentation.test.ts',
  ),
  mistake(
    'a saved model forgets its augmentation',
    'core/estimator/file-parts.ts',
    'Object.fromEntries([...value].map(([name, part]) => [name, plain(part)]))',
    '{}',
    'test/core/estimator',
  ),
  mistake(
    'hidden layers of augmented pictures are told nothing of their shape',
    'functions/schemas/layers.ts',
    'augmentation !== undefined || layers.some(takesPicture)',
    'layers.some(takesPicture)',
    'test/functions/schemas',
  ),
  mistake(
    'rows of a table may be augmented',
    'functions/schemas/validate-against-dataset.ts',
    'augmentation !== undefined && picture === null',
    'false',
    'test/functions/schemas',
  ),
];
