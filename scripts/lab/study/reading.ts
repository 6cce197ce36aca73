/** How fast files become shards: rows as KDD Cup 1999's, generated, and MNIST's bytes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIdx, type TableEncoding } from '../../../core/index.ts';
import { KDDCUP99 } from '../../../core/ingest/catalogue/datasets.ts';
import { decodeShard, encodeShard, type Shard } from '../../../core/ingest/shard.ts';
import { encodeTable } from '../../../core/ingest/table/encode-table.ts';
import { gatherEncoding } from '../../../core/ingest/table/encoding.ts';
import { BadRows, readTable, type TableSource } from '../../../core/ingest/table/read-table.ts';
import { TableRow } from '../../../core/ingest/table/table-row.ts';
import { mnistFolder } from '../../cloud/mnist-mirror.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import { kddRows } from '../generate/kddcup99.ts';
import type { Figure } from './predictions.ts';

const ROWS = 500_000;
const PIECE_BYTES = 8 * 1024 * 1024;
const SHARD_ROWS = 25_000;
const CLASSES = 10;
const PIXELS = 784;

export const ROWS_PER_SECOND = 'rows per second of CPU';

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Generated rows of the training set, in pieces as they come from S3. */
export function kddPieces(rows: number): Uint8Array[] {
  const bytes = Buffer.from([...kddRows(rows, 1, 'train')].join(''));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(bytes.subarray(at, at + PIECE_BYTES));
  return pieces;
}

const sourceOf = (pieces: readonly Uint8Array[]): TableSource => ({ name: 'kddcup.data', chunks: pieces });

export async function kddShards(
  pieces: readonly Uint8Array[],
): Promise<{ encoding: TableEncoding; shards: Shard[] }> {
  const { encoding } = await gatherEncoding(KDDCUP99.schema, [sourceOf(pieces)]);
  const shards: Shard[] = [];
  const options = { shardRows: SHARD_ROWS, badRows: new BadRows() };
  for await (const shard of encodeTable(encoding, [sourceOf(pieces)], options)) shards.push(shard as Shard);
  return { encoding, shards };
}

export async function* measureReading(): AsyncGenerator<Figure> {
  const made = cpuMs();
  const pieces = kddPieces(ROWS);
  yield { id: 'kdd.generated', what: 'KDD rows generated', value: perSecond(made), unit: ROWS_PER_SECOND };
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  yield { id: 'kdd.bytes', what: 'bytes of a KDD row', value: bytes / ROWS, unit: 'bytes' };

  const { schema } = KDDCUP99;
  let rows = 0;
  const parsing = cpuMs();
  const row = new TableRow(schema);
  const count = () => {
    rows++;
    return undefined;
  };
  for await (const _ of readTable(row, schema, [sourceOf(pieces)], new BadRows(), count));
  if (rows !== ROWS) throw new Error(`${rows} rows were read, expected ${ROWS}`);
  yield { id: 'kdd.parsed', what: 'KDD rows parsed', value: perSecond(parsing), unit: ROWS_PER_SECOND };

  const gathering = cpuMs();
  const { encoding } = await gatherEncoding(schema, [sourceOf(pieces)]);
  yield {
    id: 'kdd.firstPass',
    what: 'KDD rows parsed, with statistics (first pass)',
    value: perSecond(gathering),
    unit: ROWS_PER_SECOND,
  };

  const sharding = cpuMs();
  let shardBytes = 0;
  const encoded: Uint8Array[] = [];
  const options = { shardRows: SHARD_ROWS, badRows: new BadRows() };
  for await (const { x, y } of encodeTable(encoding, [sourceOf(pieces)], options)) {
    const shard = encodeShard(x, y, encoding.classes.length);
    digest(shard);
    shardBytes += shard.length;
    encoded.push(shard);
  }
  yield {
    id: 'kdd.secondPass',
    what: 'KDD rows parsed, encoded, sharded and hashed (second pass)',
    value: perSecond(sharding),
    unit: ROWS_PER_SECOND,
  };
  yield {
    id: 'kdd.shardBytes',
    what: 'bytes of a KDD row in a shard',
    value: shardBytes / ROWS,
    unit: 'bytes',
  };
  const entries = (shardBytes / ROWS - 5) / 8;
  yield {
    id: 'kdd.density',
    what: 'share of KDD inputs that are not zero',
    value: entries / encoding.inputs,
    unit: `of ${encoding.inputs}`,
  };

  yield { id: 'kdd.inputs', what: 'inputs of a KDD row', value: encoding.inputs, unit: '' };
  const loading = cpuMs();
  for (const shard of encoded) {
    digest(shard);
    decodeShard(shard, encoding.classes.length);
  }
  yield {
    id: 'kdd.decoded',
    what: 'KDD rows of shards checked and decoded',
    value: perSecond(loading),
    unit: ROWS_PER_SECOND,
  };
  yield* measurePixels();

  function perSecond(started: number): number {
    return (ROWS / (cpuMs() - started)) * 1000;
  }
}

async function* measurePixels(): AsyncGenerator<Figure> {
  const read = (file: string) => readFileSync(join(mnistFolder(), file));
  const files = { images: read('train-images-idx3-ubyte'), labels: read('train-labels-idx1-ubyte') };
  const sharding = cpuMs();
  digest(files.images);
  const images = parseIdx(files.images, 'images').data;
  const labels = parseIdx(files.labels, 'labels').data;
  const shards: Uint8Array[] = [];
  for (let start = 0; start < labels.length; start += 10_000) {
    const end = Math.min(labels.length, start + 10_000);
    shards.push(
      encodeShard(images.subarray(start * PIXELS, end * PIXELS), labels.subarray(start, end), CLASSES),
    );
    digest(shards.at(-1)!);
  }
  const value = (ms: number) => (labels.length / ms) * 1000;
  yield {
    id: 'mnist.sharded',
    what: 'MNIST rows checked, sharded and hashed',
    value: value(cpuMs() - sharding),
    unit: ROWS_PER_SECOND,
  };
  const loading = cpuMs();
  for (const shard of shards) {
    digest(shard);
    decodeShard(shard, CLASSES);
  }
  yield {
    id: 'mnist.decoded',
    what: 'MNIST rows of shards checked and decoded',
    value: value(cpuMs() - loading),
    unit: ROWS_PER_SECOND,
  };
}
