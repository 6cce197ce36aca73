/**
 * Rows in another order, so that each shard is a sample of many: files are often sorted by class or by time, and a network
 * that sees one shard after the other would learn one class after the other.
 */

import { Permutation } from '../random/permutation.ts';
import { PURPOSE } from '../random/streams.ts';
import type { Labels } from '../rows/training-rows.ts';
import type { Shard, ShardInputs } from './shard.ts';

type AnyShard = Shard<Labels | Float32Array>;

export interface MixOptions {
  /** Rows per shard; the last one has what is left. */
  shardRows: number;
  /** Rows that are held, and mixed with each other: a multiple of `shardRows`. */
  windowRows: number;
  seed: number;
}

/**
 * @param pages rows in their order, in blocks of any size, each below `windowRows`; of one kind, with as many columns
 * @returns shards of the same rows; what is where depends on their order and the options, not on the blocks' sizes
 */
export async function* mixShards(
  pages: AsyncIterable<AnyShard>,
  { shardRows, windowRows, seed }: MixOptions,
): AsyncGenerator<AnyShard> {
  let window: AnyShard[] = [];
  let rows = 0;
  let windows = 0;
  for await (const page of pages) {
    const room = windowRows - rows;
    window.push(page.rows > room ? slice(page, 0, room) : page);
    rows += Math.min(page.rows, room);
    if (rows < windowRows) continue;
    yield* cut(window, rows, shardRows, seed, windows++);
    window = page.rows > room ? [slice(page, room, page.rows)] : [];
    rows = Math.max(0, page.rows - room);
  }
  if (rows > 0) yield* cut(window, rows, shardRows, seed, windows);
}

/** Shards of the window's rows in a random order. */
function* cut(
  window: readonly AnyShard[],
  rows: number,
  shardRows: number,
  seed: number,
  index: number,
): Generator<AnyShard> {
  const order = new Permutation(rows, seed, index, PURPOSE.mixing);
  // Row r of the window is row r - starts[page] of its page.
  const pageOf = new Uint32Array(rows);
  const starts = new Uint32Array(window.length);
  let start = 0;
  window.forEach((page, number) => {
    starts[number] = start;
    pageOf.fill(number, start, start + page.rows);
    start += page.rows;
  });
  for (let first = 0; first < rows; first += shardRows) {
    const places = Array.from({ length: Math.min(shardRows, rows - first) }, (_, row): Place => {
      const at = order.at(first + row);
      const page = pageOf[at]!;
      return { page: window[page]!, row: at - starts[page]! };
    });
    yield gather(places);
  }
}

interface Place {
  page: AnyShard;
  row: number;
}

function gather(places: readonly Place[]): AnyShard {
  const { page } = places[0]!;
  const { columns } = page;
  const outputs = page.y.length / page.rows;
  const OutputArray = page.y.constructor as new (length: number) => Labels | Float32Array;
  const gathered = new OutputArray(places.length * outputs);
  places.forEach((place, n) => {
    if (outputs === 1) gathered[n] = place.page.y[place.row]!;
    else gathered.set(place.page.y.subarray(place.row * outputs, (place.row + 1) * outputs), n * outputs);
  });
  return { rows: places.length, columns, x: gatherInputs(places, page.x), y: gathered };
}

function gatherInputs(places: readonly Place[], first: ShardInputs): ShardInputs {
  const { columns } = places[0]!.page;
  if (!('pointers' in first)) {
    const dense =
      first instanceof Uint8Array
        ? new Uint8Array(places.length * columns)
        : new Float32Array(places.length * columns);
    places.forEach(({ page, row }, n) => {
      dense.set((page.x as Uint8Array).subarray(row * columns, (row + 1) * columns), n * columns);
    });
    return dense;
  }
  const pointers = new Uint32Array(places.length + 1);
  places.forEach(({ page, row }, n) => {
    const from = (page.x as typeof first).pointers;
    pointers[n + 1] = pointers[n]! + from[row + 1]! - from[row]!;
  });
  const indices = new Uint32Array(pointers[places.length]!);
  const values = new Float32Array(indices.length);
  places.forEach(({ page, row }, n) => {
    const x = page.x as typeof first;
    const to = pointers[n]!;
    const from = x.pointers[row]!;
    const count = x.pointers[row + 1]! - from;
    for (let entry = 0; entry < count; entry++) {
      indices[to + entry] = x.indices[from + entry]!;
      values[to + entry] = x.values[from + entry]!;
    }
  });
  return { rows: places.length, columns, pointers, indices, values };
}

/** Rows `start` up to but not including `end`, copied. */
function slice(page: AnyShard, start: number, end: number): AnyShard {
  return gather(Array.from({ length: end - start }, (_, row) => ({ page, row: start + row })));
}
