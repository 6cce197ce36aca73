/** Tables of evaluations and of versions, for classifications, priced mistakes and regressions. */
import { describe, expect, it } from 'vitest';
import { NOT_EVALUATED } from '../../../functions/run/step-metrics.ts';
import type { SplitFigures } from '../../../functions/schemas/parts.ts';
import type { StepEvaluation } from '../../../functions/schemas/payloads.ts';
import { columnsFor } from '../../../scripts/client/evaluation-columns.ts';
import { describeModel } from '../../../scripts/commands/describe-models.ts';
import { someVersion } from '../../support/documents.ts';

const ACCURACIES: Partial<SplitFigures> = {
  trainAccuracy: 0.75,
  testAccuracy: 0.5,
  trainLoss: 1,
  testLoss: 2,
};
const LOSSES: Partial<SplitFigures> = {
  trainLoss: 1,
  testLoss: 2,
  outputs: [{ rmse: 12_345.678, mae: 1, r2: 0.5 }],
};
const evaluation = (figures: Partial<SplitFigures>): StepEvaluation => ({
  step: 600,
  epoch: 1,
  loss: 0.25,
  ...NOT_EVALUATED,
  ...figures,
});

function table(figures: Partial<SplitFigures>, showBook = false): string[][] {
  const columns = columnsFor(evaluation(figures), showBook);
  return [columns.map(({ title }) => title), columns.map(({ cell }) => cell(evaluation(figures)))];
}

describe('columnsFor', () => {
  it('of a classification are accuracies', () => {
    expect(table(ACCURACIES)).toEqual([
      ['epoch', 'step', 'loss', 'train acc', 'test acc'],
      ['1', '600', '0.2500', '0.7500', '0.5000'],
    ]);
    expect(table(ACCURACIES, true)[0]!.at(-1)).toBe('book test acc');
  });

  it('where mistakes have prices, what they cost as well', () => {
    const [titles, cells] = table({ ...ACCURACIES, testCost: 0.2331 });
    expect([titles!.at(-1), cells!.at(-1)]).toEqual(['test cost', '0.2331']);
  });

  it('of a regression are losses, and the errors of a single output', () => {
    expect(table(LOSSES)).toEqual([
      ['epoch', 'step', 'loss', 'train loss', 'test loss', 'test RMSE', 'test R²'],
      ['1', '600', '0.2500', '1.0000', '2.0000', '12346', '0.5000'],
    ]);
    expect(table({ ...LOSSES, outputs: [...LOSSES.outputs!, ...LOSSES.outputs!] })[0]!.at(-1)).toBe(
      'test loss',
    );
  });
});

describe('describeModel', () => {
  const version = (number: number, figures: Partial<SplitFigures>) =>
    someVersion({ version: number, metrics: { loss: 1, ...NOT_EVALUATED, ...figures } });
  const words = (text: string, line: number) => text.split('\n')[line]!.trim().split(/ {2,}/);

  it('shows accuracies where there are some, else losses', () => {
    const classes = describeModel('m', [version(2, ACCURACIES)], { version: 2 });
    expect(words(classes, 1)).toEqual(['version', 'test acc', 'train acc', 'run', 'made']);
    expect(words(classes, 2).slice(0, 3)).toEqual(['2', '0.5000', '0.7500']);
    const regression = describeModel('m', [version(1, LOSSES)], undefined);
    expect(words(regression, 1)).toEqual(['version', 'test loss', 'run', 'made']);
    expect(words(regression, 2).slice(0, 2)).toEqual(['1', '2.0000']);
    const priced = describeModel('m', [version(1, { ...ACCURACIES, testCost: 0.25 })], undefined);
    expect(words(priced, 1)).toContain('test cost');
  });
});
