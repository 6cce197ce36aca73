/** Cuts a split of a table into encoded shards, one at a time. */
import type { Labels } from '../../rows/training-rows.ts';
import type { Shard } from '../shard.ts';
import type { TableEncoding } from './encoding.ts';
import type { BadRows, RowChoice } from './read-table.ts';
import { readTable, type TableSource } from './read-table.ts';
import { RowEncoder } from './row-encoder.ts';

export interface TableShards {
  /** Rows per shard; the last one has what is left. */
  shardRows: number;
  badRows: BadRows;
  /** Which rows are read; all by default. */
  isWanted?: RowChoice;
}

/**
 * Whether a table's shards are sparse: when their rows are smaller that way, even if no number in them is 0. An entry
 * takes 8 bytes, an input of a dense row 4.
 */
export const isSparse = ({ columns, inputs }: TableEncoding): boolean => 2 * columns.length < inputs;

/** @throws DatasetError as {@link readTable} does */
export async function* encodeTable(
  encoding: TableEncoding,
  sources: Iterable<TableSource>,
  { shardRows, badRows, isWanted }: TableShards,
): AsyncGenerator<Shard<Labels | Float32Array>> {
  const encoder = new RowEncoder(encoding);
  const done: Shard<Labels | Float32Array>[] = [];
  let block = new ShardBlock(encoding, shardRows);
  const visit = () => {
    const problem = encoder.encode();
    if (problem !== undefined) return problem;
    block.add(encoder);
    if (block.rows === shardRows) {
      done.push(block.shard());
      block = new ShardBlock(encoding, shardRows);
    }
    return undefined;
  };
  for await (const _ of readTable(encoder.row, encoding.schema, sources, badRows, visit, isWanted)) {
    yield* done.splice(0);
  }
  if (block.rows > 0) yield block.shard();
}

/** Rows of a shard that is being filled. */
class ShardBlock {
  rows = 0;
  readonly #encoding: TableEncoding;
  readonly #isSparse: boolean;
  readonly #pointers: Uint32Array;
  #indices = new Uint32Array(0);
  /** Of the entries, or all inputs of dense rows. */
  #values: Float32Array;
  readonly #labels: Labels;
  readonly #targets: Float32Array;

  constructor(encoding: TableEncoding, capacity: number) {
    const { inputs, columns, classes, targets } = encoding;
    this.#encoding = encoding;
    this.#isSparse = isSparse(encoding);
    this.#pointers = new Uint32Array(this.#isSparse ? capacity + 1 : 0);
    this.#indices = new Uint32Array(this.#isSparse ? capacity * columns.length : 0);
    this.#values = new Float32Array(capacity * (this.#isSparse ? columns.length : inputs));
    this.#labels = labelArray(classes.length, classes.length > 0 ? capacity : 0);
    this.#targets = new Float32Array(capacity * targets.length);
  }

  add({ entries, indices, values, label, targets }: RowEncoder): void {
    const row = this.rows++;
    if (this.#isSparse) {
      const start = this.#pointers[row]!;
      for (let entry = 0; entry < entries; entry++) {
        this.#indices[start + entry] = indices[entry]!;
        this.#values[start + entry] = values[entry]!;
      }
      this.#pointers[row + 1] = start + entries;
    } else {
      const start = row * this.#encoding.inputs;
      for (let entry = 0; entry < entries; entry++) this.#values[start + indices[entry]!] = values[entry]!;
    }
    if (this.#labels.length > 0) this.#labels[row] = label;
    this.#targets.set(targets, row * targets.length);
  }

  shard(): Shard<Labels | Float32Array> {
    const { rows } = this;
    const { inputs: columns, classes, targets } = this.#encoding;
    const y =
      classes.length > 0 ? this.#labels.slice(0, rows) : this.#targets.slice(0, rows * targets.length);
    if (!this.#isSparse) return { rows, columns, x: this.#values.slice(0, rows * columns), y };
    const pointers = this.#pointers.slice(0, rows + 1);
    const entries = pointers[rows]!;
    const x = {
      rows,
      columns,
      pointers,
      indices: this.#indices.slice(0, entries),
      values: this.#values.slice(0, entries),
    };
    return { rows, columns, x, y };
  }
}

/** In as few bytes as the number of classes needs. */
export function labelArray(classes: number, length: number): Labels {
  if (classes <= 0x100) return new Uint8Array(length);
  return classes <= 0x1_0000 ? new Uint16Array(length) : new Uint32Array(length);
}
