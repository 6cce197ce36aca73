/** How much room a network takes in the kernels' memory: each of its pieces, and all of them together. */
import type { Architecture } from '../network/architecture.ts';
import { BLOCK_ROWS, type OptimizerName, STATE_COUNT } from './engine.ts';
import { type LayerRecord, recordsOf } from './layer-records.ts';
import * as L from './layout.ts';
import { alignedBytes } from './memory.ts';

const VECTOR_BYTES = 16;
const ENTRY_BYTES = 8;
const FLOAT_BYTES = 4;

/** Values that a byte may have. */
export const BYTES = 256;

export const headerBytes = (records: readonly LayerRecord[]): number =>
  L.LAYERS + records.length * L.LAYER_BYTES;

/** Of what each row of a block has, by field. */
export const BLOCK_BYTES = {
  [L.BATCH]: BLOCK_ROWS * 4,
  [L.LABELS]: BLOCK_ROWS * 4,
  [L.SPANS]: BLOCK_ROWS * 8,
  [L.ROW_ADDRESSES]: BLOCK_ROWS * 4,
  [L.BYTE_VALUES]: BYTES * FLOAT_BYTES,
} as const;

/** Of the widest layer's row: of weights, and of a pixel or units. */
export const widestBytes = (records: readonly LayerRecord[]): number =>
  Math.max(...records.map(({ stride }) => stride * FLOAT_BYTES));

/** Of a layer's [inputs, stride], and of whole groups of four rows, which the backward pass reads. */
export const weightBytes = ({ inputs, stride }: LayerRecord): number =>
  Math.ceil(inputs / 4) * 4 * stride * FLOAT_BYTES;

export const biasBytes = ({ stride }: LayerRecord): number => stride * FLOAT_BYTES;

/** Of a layer's values, or of its deltas. */
export const valueBytes = ({ row }: LayerRecord, rows: number): number => rows * row * FLOAT_BYTES;

/** Of the pictures that a convolution's windows move over, with the zeros around them; 0 of other layers. */
export const frameBytes = ({ frame }: LayerRecord, rows: number): number => rows * frame * FLOAT_BYTES;

/** Of each thread's copy of a convolution's weights for the way back; 0 of other layers, and where no layer comes before. */
export const turnedBytes = ({ turned }: LayerRecord, threads: number): number =>
  threads * turned * FLOAT_BYTES;

/** Of the inputs that are not zero. */
export const listBytes = ({ inputs }: LayerRecord, rows: number): number => rows * (inputs + 2) * ENTRY_BYTES;

/** Of what rows of a block should give. */
export const targetBytes = (records: readonly LayerRecord[]): number =>
  BLOCK_ROWS * records.at(-1)!.stride * FLOAT_BYTES;

/** Of each thread, by field; a network without convolutions has no frames. */
export const threadBytes = (records: readonly LayerRecord[]) =>
  ({
    [L.SCRATCH]: widestBytes(records) * L.PIECE_ROWS,
    [L.COLUMNS]: L.COLUMNS_BYTES,
    [L.ENTRIES]: L.ENTRIES_BYTES,
    [L.ENTRY_ENDS]: L.PIECE_ROWS * 4,
    [L.FRAMES]: Math.max(...records.map((record) => frameBytes(record, 1))),
  }) as const;

/** Of the first layer over entries: where each thread goes on, and the entries by input. Shares differ by a row at most. */
export const bucketBytes = ({ inputs }: LayerRecord, rows: number, threads: number) =>
  ({
    [L.CELLS]: threads * inputs * 4,
    [L.BUCKETS]: (rows + threads) * inputs * ENTRY_BYTES,
  }) as const;

/** Whether what is not zero is listed of rows of bytes: those that are one tile wide are read as they are. */
export const listsBytes = ([first]: readonly LayerRecord[]): boolean =>
  first!.stride * FLOAT_BYTES > L.WIDEST_TILE * VECTOR_BYTES;

/** Rows to make room for: twice as many as there is room for, or more, because the old room stays the engine's. */
export function roomFor(rows: number, has: number): number {
  return rows <= has ? has : Math.min(BLOCK_ROWS, Math.max(rows, has * 2));
}

export interface NetworkUse {
  optimizer: OptimizerName;
  /** Samples of a training step. */
  batchSize: number;
  /** Threads that the kernels have at most. */
  threads: number;
  /** Whether rows are of bytes, or else of entries. */
  isBytes: boolean;
}

/**
 * Bytes that a network takes in the kernels' memory when it is trained on batches of that size and evaluated on blocks of
 * rows besides; training first takes the most. Not in them are the rows themselves.
 */
export function networkBytes(architecture: Architecture, use: NetworkUse): number {
  const { optimizer, batchSize, threads, isBytes } = use;
  const { records } = recordsOf(architecture);
  const weighted = records.filter(({ inputs }) => inputs > 0);
  const trained = Math.min(batchSize, BLOCK_ROWS);
  // The first room stays where a larger one is needed.
  const rooms = trained < BLOCK_ROWS ? [trained, roomFor(BLOCK_ROWS, trained)] : [trained];
  // Weights with their state, and gradients of their own where a batch has several blocks.
  const copies = 1 + STATE_COUNT[optimizer] + (batchSize > BLOCK_ROWS ? 1 : 0);
  const pieces = [
    headerBytes(records),
    ...Object.values(BLOCK_BYTES),
    widestBytes(records),
    ...Array<LayerRecord[]>(copies)
      .fill(weighted)
      .flat()
      .flatMap((record) => [weightBytes(record), biasBytes(record)]),
    ...Object.values(threadBytes(records)).map((bytes) => bytes * threads),
    ...rooms.flatMap((rows) => records.map((record) => valueBytes(record, rows))),
    ...rooms.flatMap((rows) => records.filter(({ isListed }) => isListed).map((one) => listBytes(one, rows))),
    ...records.flatMap((record) => [
      valueBytes(record, trained),
      frameBytes(record, trained),
      turnedBytes(record, threads),
    ]),
    ...(isBytes && listsBytes(records) ? rooms.map((rows) => listBytes(records[0]!, rows)) : []),
    ...(isBytes ? [] : Object.values(bucketBytes(records[0]!, trained, threads))),
    ...(architecture.loss === 'meanSquaredError' ? [targetBytes(records)] : []),
  ];
  return pieces.filter((bytes) => bytes > 0).reduce((sum, bytes) => sum + alignedBytes(bytes), 0);
}
