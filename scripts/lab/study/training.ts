/** How fast rows are trained on: MNIST's dense bytes and KDD Cup 1999's sparse rows, on threads and in processes. */
import { fileURLToPath } from 'node:url';
import { describeLayers } from '../../../core/network/describe-layers.ts';
import { nodeCommand, runForJson } from '../../support/programs.ts';
import type { Trained, Training } from './child.ts';
import type { Figure } from './predictions.ts';
import { ROWS_PER_SECOND } from './reading.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const SECONDS = 5;

const NAMES = { mnist: 'MNIST', kdd: 'KDD' } as const;

export async function* measureTraining(): AsyncGenerator<Figure> {
  for (const data of ['mnist', 'kdd'] as const) {
    const [one] = (await train([{ data, threads: 1, seconds: SECONDS }])) as [Trained];
    const name = `${NAMES[data]} ${describeLayers(one.layers)}`;
    const figure = (id: string, what: string, value: number, unit = 'rows/s'): Figure => ({
      id: `${data}.${id}`,
      what: `${name}, ${what}`,
      value,
      unit,
    });
    yield figure('trained1', 'batches of 100, 1 thread', one.perCpuSecond, ROWS_PER_SECOND);
    const [two] = (await train([{ data, threads: 2, seconds: SECONDS }])) as [Trained];
    yield figure('trained2', 'batches of 100, 2 threads', two.perSecond);
    const both = await train([1, 1].map((threads) => ({ data, threads, seconds: SECONDS })));
    const total = both.reduce((sum, { perSecond }) => sum + perSecond, 0);
    yield figure('trainedTwice', 'batches of 100, 2 processes of 1 thread together', total);
    yield figure('evaluated', 'evaluated, 1 thread', one.evaluated, ROWS_PER_SECOND);
    yield figure('averageNs', 'a number of a part added to the mean', one.averageNs, 'ns');
  }
}

/** All at the same time, each in a process of its own. */
const train = (jobs: readonly Training[]): Promise<Trained[]> =>
  Promise.all(jobs.map((job) => runForJson<Trained>(nodeCommand(CHILD, JSON.stringify(job)))));
