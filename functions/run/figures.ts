/** The figures of an evaluation, as the run's documents keep them. */
import type { SplitFigures } from '../schemas/parts.ts';

/** What stands at a step that was not evaluated. */
export const NOT_EVALUATED: Readonly<SplitFigures> = {
  trainAccuracy: null,
  testAccuracy: null,
  trainLoss: null,
  testLoss: null,
  testCost: null,
  outputs: null,
};

/** These figures, of a document that has others as well. */
export function figuresOf(document: SplitFigures): SplitFigures {
  const { trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, outputs } = document;
  return { trainAccuracy, testAccuracy, trainLoss, testLoss, testCost, outputs };
}

/** Regressions have losses alone, and documents from before losses were measured accuracies alone. */
export const isEvaluated = ({
  testAccuracy,
  testLoss,
}: Pick<SplitFigures, 'testAccuracy' | 'testLoss'>): boolean => testAccuracy !== null || testLoss !== null;
