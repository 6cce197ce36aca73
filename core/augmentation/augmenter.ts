/** Augments the rows of a batch: bytes stay bytes, sparse floats stay sparse, each a pure function of (seed, step, row). */
import type { PictureShape } from '../network/layers.ts';
import { zerosOf } from '../rows/gather-rows.ts';
import { isPixelRows, type PixelRows } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import { hasTargets, type LabelledRows, type TargetRows, type TrainingRows } from '../rows/training-rows.ts';
import { type DisplacementField, displacementField } from './displacement.ts';
import { noPlacement, place } from './placement.ts';
import {
  interpolateBytes,
  interpolateFloats,
  locate,
  type Padded,
  type Points,
  padded,
  pointsFor,
  setPadded,
} from './resample.ts';
import type { Augmentation } from './settings.ts';

/** What a batch becomes; kept for the next one of the same kind that has no more rows. */
interface Room {
  rows: number;
  /** Rows 0, 1, 2 … */
  batch: Uint32Array;
  pixels?: Uint8Array;
  sparse?: Omit<SparseRows, 'rows' | 'columns'>;
  labels?: LabelledRows['labels'];
  targets?: Float32Array;
}

export class Augmenter {
  readonly #augmentation: Augmentation;
  readonly #shape: PictureShape;
  readonly #columns: number;
  readonly #seed: number;
  readonly #placement = noPlacement();
  readonly #points: Points;
  readonly #field: DisplacementField;
  #bytes: Padded<Uint8Array> | undefined;
  #floats: { from: Padded<Float32Array>; row: Float32Array; result: Float32Array } | undefined;
  #room: Room = { rows: 0, batch: new Uint32Array(0) };

  /**
   * @param augmentation whose numbers were checked
   * @param shape of each row
   */
  constructor(augmentation: Augmentation, shape: PictureShape, seed: number) {
    const [height, width, channels] = shape;
    this.#augmentation = augmentation;
    this.#shape = shape;
    this.#columns = height * width * channels;
    this.#seed = seed;
    this.#points = pointsFor(shape);
    this.#field =
      augmentation.elastic === undefined
        ? { values: new Float32Array(width), stride: 0, size: 1 }
        : displacementField(augmentation.elastic, Math.max(height, width), seed);
  }

  /**
   * The rows of `data` listed in `batch` as step `step` sees them, in the list's order, with their labels or targets.
   *
   * @returns as many rows, and 0, 1, 2 …; valid until the next call
   * @throws RangeError when a row has not as many columns as a picture has values
   */
  augment(data: TrainingRows, batch: Uint32Array, step: number): { data: TrainingRows; batch: Uint32Array } {
    const { x } = data;
    if (x.columns !== this.#columns) {
      throw new RangeError(
        `x: got ${x.columns} columns, expected ${this.#columns}, the values of a picture of ${this.#shape.join('×')}`,
      );
    }
    if (this.#room.rows < batch.length) {
      this.#room = { rows: batch.length, batch: Uint32Array.from(batch, (_, n) => n) };
    }
    const all = this.#room.batch.subarray(0, batch.length);
    const rows = isPixelRows(x) ? this.#augmentBytes(x, batch, step) : this.#augmentSparse(x, batch, step);
    if (hasTargets(data)) return { data: { x: rows, targets: this.#targetsOf(data, batch) }, batch: all };
    return { data: { x: rows, labels: this.#labelsOf(data, batch) }, batch: all };
  }

  #augmentBytes({ pixels }: PixelRows, batch: Uint32Array, step: number): PixelRows {
    this.#bytes ??= padded(Uint8Array, this.#shape);
    this.#room.pixels ??= new Uint8Array(this.#room.rows * this.#columns);
    for (let n = 0; n < batch.length; n++) {
      setPadded(this.#bytes, pixels, batch[n]! * this.#columns);
      this.#locate(step, n);
      interpolateBytes(this.#points, this.#bytes, this.#room.pixels, n * this.#columns);
    }
    return { rows: batch.length, columns: this.#columns, pixels: this.#room.pixels };
  }

  #augmentSparse(x: SparseRows, batch: Uint32Array, step: number): SparseRows {
    const columns = this.#columns;
    this.#floats ??= {
      from: padded(Float32Array, this.#shape),
      row: new Float32Array(columns),
      result: new Float32Array(columns),
    };
    const most = this.#room.rows * columns;
    this.#room.sparse ??= {
      pointers: new Uint32Array(this.#room.rows + 1),
      indices: new Uint32Array(most),
      values: new Float32Array(most),
    };
    const { from, row, result } = this.#floats;
    const { pointers, indices, values } = this.#room.sparse;
    let entry = 0;
    for (let n = 0; n < batch.length; n++) {
      row.fill(0);
      const end = x.pointers[batch[n]! + 1]!;
      for (let k = x.pointers[batch[n]!]!; k < end; k++) row[x.indices[k]!] = x.values[k]!;
      setPadded(from, row, 0);
      this.#locate(step, n);
      interpolateFloats(this.#points, from, result);
      for (let column = 0; column < columns; column++) {
        if (result[column] === 0) continue;
        indices[entry] = column;
        values[entry++] = result[column]!;
      }
      pointers[n + 1] = entry;
    }
    return { rows: batch.length, columns, pointers, indices, values };
  }

  #locate(step: number, row: number): void {
    const [height, width] = this.#shape;
    place(this.#placement, this.#augmentation, height, width, this.#seed, step, row);
    locate(this.#points, this.#shape, this.#placement, this.#field);
  }

  #labelsOf({ labels }: LabelledRows, batch: Uint32Array): LabelledRows['labels'] {
    if (this.#room.labels?.constructor !== labels.constructor) {
      this.#room.labels = zerosOf(labels, this.#room.rows);
    }
    const picked = this.#room.labels!;
    for (let n = 0; n < batch.length; n++) picked[n] = labels[batch[n]!]!;
    return picked;
  }

  #targetsOf({ targets, x }: TargetRows, batch: Uint32Array): Float32Array {
    const each = targets.length / x.rows;
    this.#room.targets ??= new Float32Array(this.#room.rows * each);
    const picked = this.#room.targets;
    for (let n = 0; n < batch.length; n++) {
      for (let k = 0; k < each; k++) picked[n * each + k] = targets[batch[n]! * each + k]!;
    }
    return picked;
  }
}
