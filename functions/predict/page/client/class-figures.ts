/** Precision, recall and F1 of a classification, from its confusion matrix. */

export interface ClassFigures {
  /** null where the network says this class of no sample. */
  precision: number | null;
  /** null where no sample is of this class. */
  recall: number | null;
  /** null where both is so. */
  f1: number | null;
  /** That are of this class. */
  samples: number;
}

/** @param confusion a row for each class that samples have, a column for each that they are said to have */
export function classFigures(confusion: readonly (readonly number[])[]): ClassFigures[] {
  return confusion.map((row, label) => {
    const right = row[label]!;
    const samples = sum(row);
    const said = sum(confusion.map((each) => each[label]!));
    const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
    return {
      precision: share(right, said),
      recall: share(right, samples),
      f1: share(2 * right, samples + said),
      samples,
    };
  });
}

/** Each class counts as much as any other, however many samples it has; one that cannot be divided counts as 0. */
export function macroAverage(classes: readonly ClassFigures[]): ClassFigures {
  const mean = (figure: 'precision' | 'recall' | 'f1') =>
    sum(classes.map((each) => each[figure] ?? 0)) / Math.max(1, classes.length);
  const samples = sum(classes.map((each) => each.samples));
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1'), samples };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
