/** How fast rows are trained on: MNIST's dense bytes and KDD Cup 1999's sparse rows, on threads and in processes. */
import { fileURLToPath } from 'node:url';
import { runForJson } from '../support/run-child.ts';
import type { Figure } from './figure.ts';
import type { Trained, Training } from './study-child.ts';

const CHILD = fileURLToPath(new URL('study-child.ts', import.meta.url));
const SECONDS = 5;

const NAMES = { mnist: 'MNIST 784-50-10', kdd: 'KDD 122-50-5 or so' } as const;

export async function* measureTraining(): AsyncGenerator<Figure> {
  for (const data of ['mnist', 'kdd'] as const) {
    const [one] = await train([{ data, threads: 1, seconds: SECONDS }]);
    const { layers, evaluated, averageNs } = one!;
    const name = `${NAMES[data].split(' ')[0]} ${layers.join('-')}`;
    yield { what: `${name}, batches of 100, 1 thread`, value: one!.trained, unit: 'rows/s' };
    const [two] = await train([{ data, threads: 2, seconds: SECONDS }]);
    yield { what: `${name}, batches of 100, 2 threads`, value: two!.trained, unit: 'rows/s' };
    const both = await train([1, 1].map((threads) => ({ data, threads, seconds: SECONDS })));
    const total = both.reduce((sum, { trained }) => sum + trained, 0);
    yield { what: `${name}, batches of 100, 2 processes together`, value: total, unit: 'rows/s' };
    yield { what: `${name}, evaluated, 1 thread`, value: evaluated, unit: 'rows/s' };
    yield { what: `${name}, a number of a part averaged`, value: averageNs, unit: 'ns' };
  }
}

/** All at the same time, each in a process of its own. */
const train = (jobs: readonly Training[]): Promise<Trained[]> =>
  Promise.all(
    jobs.map((job) =>
      runForJson<Trained>({ file: process.execPath, arguments: [CHILD, JSON.stringify(job)] }),
    ),
  );
