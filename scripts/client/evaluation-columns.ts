/** What a run's table shows of each evaluation: accuracies of a classification, losses of a regression. */
import type { StepEvaluation } from '../../functions/schemas/payloads.ts';
import { figure } from '../support/columns.ts';

export interface Column {
  title: string;
  /** Characters, with the space before it. */
  width: number;
  cell: (evaluation: StepEvaluation) => string;
}

const PLACE: readonly Column[] = [
  {
    title: 'epoch',
    width: 7,
    cell: ({ epoch }) => (Number.isInteger(epoch) ? `${epoch}` : epoch.toFixed(2)),
  },
  { title: 'step', width: 9, cell: ({ step }) => String(step) },
  { title: 'loss', width: 9, cell: ({ loss }) => figure(loss) },
];
const ACCURACIES: readonly Column[] = [
  { title: 'train acc', width: 11, cell: ({ trainAccuracy }) => figure(trainAccuracy) },
  { title: 'test acc', width: 10, cell: ({ testAccuracy }) => figure(testAccuracy) },
];
/**
 * Test accuracy by epoch of the textbook job, as the book prints it. The book prints its line after the first update of
 * an epoch and we evaluate before it: one step of 600 apart. Only the two figures quoted from the book are listed.
 */
const BOOK_TEST_ACCURACY: ReadonlyMap<number, number> = new Map([
  [0, 0.1028],
  [16, 0.9457],
]);
const BOOK: Column = {
  title: 'book test acc',
  width: 15,
  cell: ({ epoch }) => BOOK_TEST_ACCURACY.get(epoch)?.toFixed(4) ?? '',
};
const COST: Column = { title: 'test cost', width: 11, cell: ({ testCost }) => figure(testCost) };
const LOSSES: readonly Column[] = [
  { title: 'train loss', width: 12, cell: ({ trainLoss }) => figure(trainLoss) },
  { title: 'test loss', width: 11, cell: ({ testLoss }) => figure(testLoss) },
];
/** Of a single output; several have theirs in the run's metrics. */
const OUTPUT: readonly Column[] = [
  { title: 'test RMSE', width: 13, cell: ({ outputs }) => outputs?.[0]?.rmse.toPrecision(5) ?? '-' },
  { title: 'test R²', width: 9, cell: ({ outputs }) => figure(outputs?.[0]?.r2) },
];

/**
 * @param first of the run's evaluations, which has what the others have
 * @param showBook whether the book's accuracies belong beside ours
 */
export function columnsFor(first: StepEvaluation, showBook: boolean): Column[] {
  if (first.testAccuracy === null) {
    return [...PLACE, ...LOSSES, ...(first.outputs?.length === 1 ? OUTPUT : [])];
  }
  return [...PLACE, ...ACCURACIES, ...(showBook ? [BOOK] : []), ...(first.testCost === null ? [] : [COST])];
}
