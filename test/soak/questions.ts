/** What the load asks, and whether an answer is wholly that of the version it names. */
import { encode } from 'fast-png';
import { parseIdx } from '../../core/ingest/idx.ts';
import { Network } from '../../core/model/network.ts';
import { sparseFromPixels } from '../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { getVersion, readCheckpoint } from '../../functions/models/versions.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mnistFiles } from '../support/mnist.ts';

const SIDE = 28;
const SIZE = SIDE * SIDE;
const COUNT = 8;
export const MODEL = 'mnist';

export const IMAGES: readonly number[][] = (() => {
  const { data } = parseIdx(mnistFiles().testImages);
  return Array.from({ length: COUNT }, (_, row) => [...data.subarray(row * SIZE, (row + 1) * SIZE)]);
})();
const PNGS = IMAGES.map((image) =>
  encode({ width: SIDE, height: SIDE, channels: 1, depth: 8, data: Uint8Array.from(image) }),
);

/** A version's probabilities of each image; computed here, from its checkpoint, when it is first met. */
export class Versions {
  readonly #store: ObjectStore;
  readonly #known = new Map<number, Promise<number[][]>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get met(): number[] {
    return [...this.#known.keys()].sort((a, b) => a - b);
  }

  probabilities(version: number): Promise<number[][]> {
    const known = this.#known.get(version) ?? this.#compute(version);
    this.#known.set(version, known);
    return known;
  }

  async #compute(version: number): Promise<number[][]> {
    const checkpoint = await readCheckpoint(this.#store, await getVersion(this.#store, MODEL, version));
    const { architecture, layers } = decodeCheckpoint(checkpoint);
    const network = new Network(architecture, layers);
    const { classes } = network;
    const y = network.forward(sparseFromPixels(IMAGES, SIZE), Uint32Array.from(IMAGES.keys()));
    return IMAGES.map((_, row) => [...y.subarray(row * classes, (row + 1) * classes)]);
  }
}

export interface Question {
  kind: string;
  path: string;
  body?: { type: string; bytes: Uint8Array | string };
  /** @throws Error when the answer is not the right one */
  check(text: string): unknown;
}

/** Every kind in turn, predictions more often than the rest. @param runs ids of runs that there are */
export function question(turn: number, versions: Versions, runs: readonly string[]): Question {
  const image = turn % COUNT;
  const json = (value: unknown) => ({ type: 'application/json', bytes: JSON.stringify(value) });
  const ofVersion = async (version: number, got: unknown, wanted: (all: number[][]) => unknown) => {
    const right = wanted(await versions.probabilities(version));
    if (JSON.stringify(got) !== JSON.stringify(right)) throw new Error(`not wholly of version ${version}`);
  };
  const single = (text: string) => {
    const answer = JSON.parse(text) as { version: number; probabilities: number[] };
    return ofVersion(answer.version, answer.probabilities, (all) => all[image]);
  };
  const oip = (text: string) => {
    const { model_version, outputs } = JSON.parse(text) as {
      model_version: string;
      outputs: { name: string; data: number[] }[];
    };
    const data = outputs.find(({ name }) => name === 'probabilities')?.data;
    return ofVersion(Number(model_version), data, (all) => [...all[image]!, ...all[0]!]);
  };
  const tensor = (datatype: string, shape: number[], data: unknown[]) =>
    json({ inputs: [{ name: 'pixels', datatype, shape, data }] });
  const infer = `/v2/models/${MODEL}/infer`;
  switch (turn % 12) {
    case 0:
    case 1:
      return { kind: 'pixels', path: '/predict', body: json({ pixels: IMAGES[image] }), check: single };
    case 2:
    case 3:
    case 4:
      return {
        kind: 'png',
        path: '/predict',
        body: { type: 'image/png', bytes: PNGS[image]! },
        check: single,
      };
    case 5:
    case 6:
      return {
        kind: 'instances',
        path: '/predict',
        body: json({ instances: IMAGES }),
        check: (text) => {
          const answer = JSON.parse(text) as { version: number; predictions: { probabilities: number[] }[] };
          const got = answer.predictions.map(({ probabilities }) => probabilities);
          return ofVersion(answer.version, got, (all) => all);
        },
      };
    case 7:
      return {
        kind: 'oip pixels',
        path: infer,
        body: tensor('UINT8', [2, SIZE], [...IMAGES[image]!, ...IMAGES[0]!]),
        check: oip,
      };
    case 8: {
      const files = [PNGS[image]!, PNGS[0]!].map((png) => Buffer.from(png).toString('base64'));
      return { kind: 'oip files', path: infer, body: tensor('BYTES', [2], files), check: oip };
    }
    case 9:
      return { kind: 'page', path: '/', check: expectText('</html>') };
    case 10:
      return { kind: 'runs', path: '/runs', check: expectText(runs[0] ?? '"runs"') };
    default: {
      const run = runs[turn % runs.length];
      return run === undefined
        ? { kind: 'models', path: '/models', check: expectText(MODEL) }
        : { kind: 'run', path: `/runs/${run}`, check: expectText(`"runId":"${run}"`) };
    }
  }
}

const expectText = (part: string) => (text: string) => {
  if (!text.includes(part)) throw new Error(`${JSON.stringify(part)} is missing in ${text.slice(0, 300)}`);
};
