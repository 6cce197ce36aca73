/**
 * Swaps of the serving version under load, through the local cloud's HTTP port: no request fails, and every answer is
 * wholly that of the version it names. `npm run soak` keeps the load up for half a minute.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { promote, rollBack } from '../../../functions/models/registry.ts';
import { getVersion, readCheckpoint } from '../../../functions/models/versions.ts';
import { tinyRuns } from '../../functions/support/tiny-run.ts';
import { proofOnly } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';

const CONNECTIONS = 50;
const SECONDS = Number(process.env.SOAK_SECONDS ?? 1);
const VERSIONS = [1, 2, 3];
/** Versions that requests ask for by number, while another serves. */
const PINNED = [undefined, 1, undefined, 3];
const IMAGES = [0, 1, 2].map((row) =>
  Array.from({ length: 9 }, (_, pixel) => (Math.floor(pixel / 3) === row ? 200 : 10 * pixel)),
);

const app = useCloud({ processes: 10 });
/** Of each version, the probabilities of each image. */
const expected = new Map<number, number[][]>();

beforeAll(async () => {
  const { prepare, release } = tinyRuns(app.store);
  await prepare();
  for (const version of VERSIONS) {
    expect(await release(`run-${version}`, { seed: version })).toBe(version);
    expected.set(version, await probabilitiesOf(version));
  }
  await promote(app.store, 'mnist', 1);
});

async function probabilitiesOf(version: number): Promise<number[][]> {
  const checkpoint = await readCheckpoint(app.store, await getVersion(app.store, 'mnist', version));
  const { architecture, layers } = decodeCheckpoint(checkpoint);
  const network = new Network(architecture, layers);
  const { classes } = network;
  const y = network.forward(sparseFromPixels(IMAGES, 9), Uint32Array.from(IMAGES.keys()));
  return IMAGES.map((_, row) => [...y.subarray(row * classes, (row + 1) * classes)]);
}

it('serves 50 connections through three swaps without an error or a mixed answer', proofOnly, async () => {
  expect(new Set([...expected.values()].map(String)).size).toBe(VERSIONS.length);
  const errors: string[] = [];
  /** Answers so far by what was asked for and who answered. */
  const answers = new Map<string, number>();
  /** Of each swap, the answers that its version gave to requests that began after it. */
  const served: number[] = [];
  let serving = 0;
  let isOver = false;

  const ask = async (index: number): Promise<void> => {
    const pinned = PINNED[index % PINNED.length];
    const isSingle = index % 3 === 0;
    const image = index % IMAGES.length;
    const swap = served.length - 1;
    const target = serving;
    const response = await app.ask(
      `/predict${pinned === undefined ? '' : `?version=${pinned}`}`,
      isSingle ? { pixels: IMAGES[image] } : { instances: IMAGES },
    );
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    const answer = JSON.parse(text);
    const { version } = answer;
    if (pinned !== undefined && version !== pinned) throw new Error(`asked for ${pinned}: ${text}`);
    const own = expected.get(version);
    const got = isSingle
      ? [answer.probabilities]
      : answer.predictions.map((p: typeof answer) => p.probabilities);
    const wanted = isSingle ? [own?.[image]] : own;
    if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`not of version ${version}: ${text}`);
    const kind = `${pinned ?? 'serving'}: ${version}`;
    answers.set(kind, (answers.get(kind) ?? 0) + 1);
    if (pinned === undefined && version === target) served[swap]! += 1;
  };
  const connection = async (number: number): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      try {
        await ask(number + turn);
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
  };
  const swapTo = async (version: number, swap: () => Promise<unknown>): Promise<void> => {
    await swap();
    serving = version;
    served.push(0);
    await sleep((SECONDS * 1000) / 4);
    while (served.at(-1) === 0 && errors.length === 0) await sleep(20);
  };

  const load = Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => connection(number)));
  try {
    await swapTo(1, async () => {});
    await swapTo(2, () => promote(app.store, 'mnist', 2));
    await swapTo(3, () => promote(app.store, 'mnist', 3));
    await swapTo(2, () => rollBack(app.store, 'mnist'));
  } finally {
    isOver = true;
    await load;
  }
  expect(errors.slice(0, 5)).toEqual([]);
  expect(served).toHaveLength(4);
  expect(served).not.toContain(0);
  expect([...answers.keys()].sort()).toEqual([
    ...['1: 1', '3: 3'],
    ...VERSIONS.map((version) => `serving: ${version}`),
  ]);
  const predict = app.statsOf('Predict');
  expect(predict.errors).toBe(0);
  console.log(`${predict.invocations} requests: ${JSON.stringify(Object.fromEntries(answers))}`);
});
