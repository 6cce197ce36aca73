/** How fast files become shards: rows as KDD Cup 1999's, generated, and MNIST's bytes. */
import { createHash } from 'node:crypto';
import { KDDCUP99 } from '../../../core/ingest/catalogue/datasets.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { decodeShard, encodeShard } from '../../../core/ingest/shard.ts';
import { encodeTable } from '../../../core/ingest/table/encode-table.ts';
import { gatherEncoding, type TableEncoding } from '../../../core/ingest/table/encoding.ts';
import { BadRows, readTable, type TableSource } from '../../../core/ingest/table/read-table.ts';
import { TableRow } from '../../../core/ingest/table/table-row.ts';
import { mnistFolder } from '../../cloud/mnist-mirror.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import { readMnistFiles } from '../../support/mnist-rows.ts';
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
export function kddSource(rows: number): TableSource & { chunks: Uint8Array[] } {
  const bytes = Buffer.from([...kddRows(rows, 1, 'train')].join(''));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) chunks.push(bytes.subarray(at, at + PIECE_BYTES));
  return { name: 'kddcup.data', chunks };
}

export const kddShards = (encoding: TableEncoding, source: TableSource) =>
  encodeTable(encoding, [source], { shardRows: SHARD_ROWS, badRows: new BadRows() });

/** @param started what `cpuMs` was before the rows */
const speed = (id: string, what: string, started: number, rows = ROWS): Figure => ({
  id,
  what,
  value: (rows / (cpuMs() - started)) * 1000,
  unit: ROWS_PER_SECOND,
});

export async function* measureReading(): AsyncGenerator<Figure> {
  let started = cpuMs();
  const source = kddSource(ROWS);
  yield speed('kdd.generated', 'KDD rows generated', started);
  const bytes = source.chunks.reduce((sum, piece) => sum + piece.length, 0);
  yield { id: 'kdd.bytes', what: 'bytes of a KDD row', value: bytes / ROWS, unit: 'bytes' };

  const { schema } = KDDCUP99;
  let rows = 0;
  const count = () => {
    rows++;
    return undefined;
  };
  started = cpuMs();
  for await (const _ of readTable(new TableRow(schema), schema, [source], new BadRows(), count));
  if (rows !== ROWS) throw new Error(`${rows} rows were read, expected ${ROWS}`);
  yield speed('kdd.parsed', 'KDD rows parsed', started);

  started = cpuMs();
  const { encoding } = await gatherEncoding(schema, [source]);
  yield speed('kdd.firstPass', 'KDD rows parsed, with statistics (first pass)', started);

  started = cpuMs();
  const shards: Uint8Array[] = [];
  for await (const { x, y } of kddShards(encoding, source)) {
    shards.push(encodeShard(x, y, encoding.classes.length));
    digest(shards.at(-1)!);
  }
  yield speed('kdd.secondPass', 'KDD rows parsed, encoded, sharded and hashed (second pass)', started);
  const rowBytes = shards.reduce((sum, shard) => sum + shard.length, 0) / ROWS;
  yield { id: 'kdd.shardBytes', what: 'bytes of a KDD row in a shard', value: rowBytes, unit: 'bytes' };
  yield {
    id: 'kdd.density',
    what: 'share of KDD inputs that are not zero',
    value: (rowBytes - 5) / 8 / encoding.inputs,
    unit: `of ${encoding.inputs}`,
  };
  yield { id: 'kdd.inputs', what: 'inputs of a KDD row', value: encoding.inputs, unit: '' };
  started = cpuMs();
  checkAndDecode(shards, encoding.classes.length);
  yield speed('kdd.decoded', 'KDD rows of shards checked and decoded', started);
  yield* measurePixels();
}

function* measurePixels(): Generator<Figure> {
  const { trainImages, trainLabels } = readMnistFiles(mnistFolder());
  let started = cpuMs();
  digest(trainImages);
  const images = parseIdx(trainImages, 'images').data;
  const labels = parseIdx(trainLabels, 'labels').data;
  const shards: Uint8Array[] = [];
  for (let start = 0; start < labels.length; start += 10_000) {
    const end = Math.min(labels.length, start + 10_000);
    const pixels = images.subarray(start * PIXELS, end * PIXELS);
    shards.push(encodeShard(pixels, labels.subarray(start, end), CLASSES));
    digest(shards.at(-1)!);
  }
  yield speed('mnist.sharded', 'MNIST rows checked, sharded and hashed', started, labels.length);
  started = cpuMs();
  checkAndDecode(shards, CLASSES);
  yield speed('mnist.decoded', 'MNIST rows of shards checked and decoded', started, labels.length);
}

function checkAndDecode(shards: readonly Uint8Array[], classes: number): void {
  for (const shard of shards) {
    digest(shard);
    decodeShard(shard, classes);
  }
}
