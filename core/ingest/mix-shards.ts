/**
 * Rows in another order, so that each shard is a sample of many: files are often sorted by class or by time, and a network
 * that sees one shard after the other would learn one class after the other.
 */

import { Permutation } from '../random/permutation.ts';
import { PURPOSE } from '../random/streams.ts';
import { gatherDense, gatherSparse } from '../rows/gather-rows.ts';
import type { Labels } from '../rows/training-rows.ts';
import type { Shard } from './shard.ts';

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
    const pages: AnyShard[] = [];
    const places = Uint32Array.from({ length: Math.min(shardRows, rows - first) }, (_, row) => {
      const at = order.at(first + row);
      const page = pageOf[at]!;
      pages.push(window[page]!);
      return at - starts[page]!;
    });
    yield gather(pages, places);
  }
}

/** @param pages that each row is from */
function gather(pages: readonly AnyShard[], rows: Uint32Array): AnyShard {
  const { columns, rows: pageRows, y } = pages[0]!;
  const inputs = pages.map((page) => page.x);
  const x = inputs.every((each) => 'pointers' in each)
    ? gatherSparse(inputs, rows)
    : gatherDense(inputs as readonly Uint8Array[], rows, columns);
  const outputs = pages.map((page) => page.y);
  return { rows: rows.length, columns, x, y: gatherDense(outputs, rows, y.length / pageRows) };
}

/** Rows `start` up to but not including `end`, copied. */
function slice(page: AnyShard, start: number, end: number): AnyShard {
  const rows = Uint32Array.from({ length: end - start }, (_, row) => start + row);
  return gather(new Array(rows.length).fill(page), rows);
}
