/** What TypeScript lets people write: `npm run check` reads this file, and an expected error that is none is one. */
import { expect, it } from 'vitest';
import { Model } from '../../../core/estimator/model.ts';

const x = [[1], [2], [3], [4]];

it('types say what a model predicts, and what its calls take', async () => {
  const numbers = new Model({ hidden: [] });
  await numbers.fit(x, Uint8Array.of(0, 1, 0, 1), { epochs: 1, signal: new AbortController().signal });
  const classes: number[] = numbers.predict([Float32Array.of(1)]);
  const names = new Model<'cat' | 'dog'>({ hidden: [] });
  await names.fit(x, ['cat', 'dog', 'cat', 'dog'], { epochs: 1, onEpoch: ({ loss }) => loss.toFixed(2) });
  const animals: ('cat' | 'dog')[] = names.predict({ data: [1, 2], columns: 1 });
  const prices = new Model<number[]>({ task: 'regression', hidden: [] });
  await prices.fit(x, { data: new Float64Array(8), columns: 2 }, { epochs: 1 });
  const rows: number[][] = prices.predict(x);
  const loaded: boolean[] = Model.load<boolean>(names.save()).predict(x.slice(4));
  expect([classes.length, animals.length, rows.length, loaded.length]).toEqual([1, 2, 4, 0]);

  // Never called: the compiler alone reads them.
  const refused = [
    // @ts-expect-error An activation that there is not.
    () => new Model({ activation: 'tanh' }),
    // @ts-expect-error An option of fit.
    () => new Model({ epochs: 3 }),
    // @ts-expect-error An option of new Model.
    () => numbers.fit(x, [0, 1, 0, 1], { seed: 3 }),
    // @ts-expect-error Names, of a model of numbers.
    () => numbers.fit(x, ['cat', 'dog', 'cat', 'dog']),
    // @ts-expect-error A name that is none of the model's.
    () => names.evaluate(x, ['cat', 'dog', 'cat', 'cow']),
    // @ts-expect-error No rows, but numbers.
    () => numbers.predict([1, 2]),
    // @ts-expect-error All numbers in one array, without their columns.
    () => numbers.predict(new Float32Array(4)),
    // @ts-expect-error One of the two.
    () => numbers.predict({ data: [1, 2], columns: 1, shape: [2, 1] }),
  ];
  expect(refused).toHaveLength(8);
});
