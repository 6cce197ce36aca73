import { expect, it } from 'vitest';
import { classFigures, macroAverage } from '../../../../functions/predict/page/client/class-figures.ts';

it('has precision, recall and F1 of each class, and their plain means', () => {
  const classes = classFigures([
    [8, 2, 0],
    [4, 6, 0],
    [1, 0, 3],
  ]);
  // By hand; as scikit-learn has them for these counts.
  expect(classes[0]).toEqual({ precision: 8 / 13, recall: 0.8, f1: 16 / 23, samples: 10 });
  expect(classes[1]).toEqual({ precision: 0.75, recall: 0.6, f1: 12 / 18, samples: 10 });
  expect(classes[2]).toEqual({ precision: 1, recall: 0.75, f1: 6 / 7, samples: 4 });
  expect(macroAverage(classes)).toEqual({
    precision: expect.closeTo((8 / 13 + 0.75 + 1) / 3, 12),
    recall: expect.closeTo((0.8 + 0.6 + 0.75) / 3, 12),
    f1: expect.closeTo((16 / 23 + 12 / 18 + 6 / 7) / 3, 12),
    samples: 24,
  });
});

it('divides by nothing that is 0, and counts what cannot be divided as 0 in the mean', () => {
  const classes = classFigures([
    [5, 0, 0],
    [2, 0, 0],
    [0, 0, 0],
  ]);
  expect(classes[1]).toEqual({ precision: null, recall: 0, f1: 0, samples: 2 });
  expect(classes[2]).toEqual({ precision: null, recall: null, f1: null, samples: 0 });
  expect(macroAverage(classes)).toMatchObject({ precision: 5 / 7 / 3, recall: 1 / 3 });
  expect(macroAverage([])).toEqual({ precision: 0, recall: 0, f1: 0, samples: 0 });
});
