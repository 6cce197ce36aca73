/** Mistakes in what the library gives to people who have arrays. */
import { type Mutation, mistake } from './mutation.ts';

const MODEL = 'test/core/estimator';

export const IN_LIBRARY: readonly Mutation[] = [
  mistake(
    'the last rows of an epoch are left out',
    'core/estimator/train-epochs.ts',
    'let left = source.size',
    'let left = source.size - (source.size % source.batchSize)',
    MODEL,
  ),
  mistake(
    'each call of fit begins with the order of the first epoch',
    'core/estimator/train-epochs.ts',
    'trained.epochs++',
    'epoch - 1',
    MODEL,
  ),
  mistake(
    'rows that are only evaluated are scaled by as well',
    'core/estimator/model.ts',
    'gatherEncoding(read, rows.train, this.#config, this.#isTaskSaid)',
    'gatherEncoding(read, Array.from(y as ArrayLike<unknown>, (_, row) => row), this.#config, this.#isTaskSaid)',
    MODEL,
  ),
  mistake(
    'rows that are only evaluated are the last ones',
    'core/estimator/split-rows.ts',
    'isValidation[order.at(position)] = 1',
    'isValidation[rows - 1 - position] = 1',
    MODEL,
  ),
  mistake(
    'a second fit finds scales and classes of its own',
    'core/estimator/model.ts',
    'this.#fitted?.encoding ?? gatherEncoding(read, rows.train, this.#config, this.#isTaskSaid)',
    'gatherEncoding(read, rows.train, this.#config, this.#isTaskSaid)',
    MODEL,
  ),
  mistake(
    'a signal is looked at between epochs alone',
    'core/estimator/train-epochs.ts',
    'await giveTurn(rows);',
    '',
    MODEL,
  ),
  mistake(
    'a signal that is aborted right after the call comes too late',
    'core/estimator/model.ts',
    'await nextTurn();',
    '',
    MODEL,
  ),
  mistake(
    'whatever onEpoch gives ends the training',
    'core/estimator/train-epochs.ts',
    "answer === 'stop'",
    'answer !== undefined',
    MODEL,
  ),
  mistake(
    'a constant target is predicted whatever comes',
    'core/estimator/encoding.ts',
    'divisor: divisor || 1',
    'divisor',
    MODEL,
  ),
  mistake(
    'errors of a regression are those of scaled targets',
    'core/estimator/evaluation.ts',
    'mae: mae * divisor',
    'mae',
    MODEL,
  ),
  mistake(
    'classes stand in the order in which they come',
    'core/estimator/outputs.ts',
    '[...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))',
    '[...found]',
    MODEL,
  ),
  mistake(
    'indices of sparse rows are not looked at',
    'core/estimator/inputs.ts',
    'indices[entry]! > before && indices[entry]! < columns',
    'true',
    MODEL,
  ),
  mistake(
    'a loaded model begins its epochs anew',
    'core/estimator/model.ts',
    '{ ...model.#begin(encoding, checkpoint), epochs }',
    'model.#begin(encoding, checkpoint)',
    MODEL,
  ),
  mistake(
    'an option that another call knows is taken',
    'core/estimator/check-options.ts',
    '!Object.hasOwn(checks, name)',
    '!Object.hasOwn(checks, name) && !elsewhere.names.includes(name)',
    MODEL,
  ),
  mistake(
    'an ONNX model divides by 0 where a column was constant',
    'core/exchange/onnx.ts',
    'divisor || Number.POSITIVE_INFINITY',
    'divisor',
    'test/core/exchange/onnx.test.ts',
  ),
];
