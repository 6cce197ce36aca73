/** What a model can be asked as an example: a row of its table, or a picture. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encode } from 'fast-png';
import { z } from 'zod';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import type { NumericEncoding, TableEncoding } from '../../core/ingest/table/encoding.ts';
import type { RowValue } from '../../core/ingest/table/row-encoder.ts';
import { exp } from '../../core/math/elementary.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { decodeRows } from '../../functions/dataset/manifest.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { datasetManifest } from '../../functions/schemas/dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument, getVerified } from '../../functions/store/verified.ts';
import { writeWhole } from '../support/files.ts';
import { shellWord } from '../support/shell.ts';

export type ExampleRow = Readonly<Record<string, RowValue>>;

export interface Question {
  /** Of the route. */
  path: string;
  /** The content type. */
  type: string;
  /** The body itself, or the file that has it. */
  body: string | { file: string };
}

const JSON_TYPE = 'application/json';

export const rowQuestion = (model: string, row: ExampleRow): Question => ({
  path: `/predict?model=${model}`,
  type: JSON_TYPE,
  body: JSON.stringify({ rows: [row] }),
});

/** @param file a PNG or JPEG file */
export const pictureQuestion = (model: string, file: string): Question => ({
  path: `/predict?model=${model}`,
  type: /\.png$/i.test(file) ? 'image/png' : 'image/jpeg',
  body: { file },
});

/**
 * One that the model of a dataset that is there can surely answer; undefined where the dataset is not there, or its
 * inputs are neither rows of a table nor pixels.
 *
 * @param dataDir where a request's body is written that is too long for a line
 */
export async function usualQuestion(
  store: ObjectStore,
  config: JobConfig,
  dataDir: string,
): Promise<Question | undefined> {
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(datasetName(config.dataset)));
  if (manifest?.formatVersion !== 2) return undefined;
  if (manifest.encoding !== undefined) return rowQuestion(config.model, usualRow(manifest.encoding));
  const [first] = manifest.splits.test.shards;
  if (manifest.shards !== 'u8' || first === undefined) return undefined;
  const { x, columns } = decodeRows(await getVerified(store, first.key, first.sha256), manifest);
  const pixels = Uint8Array.from((x as Uint8Array).subarray(0, columns));
  const file = join(dataDir, `example-${config.model}`);
  if (manifest.pictures !== undefined) {
    // As a picture, since the version that serves may have been trained on another form of them.
    writeWhole(`${file}.png`, encode({ ...manifest.pictures, data: pixels }));
    return pictureQuestion(config.model, `${file}.png`);
  }
  writeWhole(`${file}.json`, `${JSON.stringify({ pixels: [...pixels] })}\n`);
  return { path: `/predict?model=${config.model}`, type: JSON_TYPE, body: { file: `${file}.json` } };
}

/** A row about the middle of the table. */
function usualRow(encoding: TableEncoding): ExampleRow {
  const row: [string, RowValue][] = encoding.columns.map((column) => [
    column.name,
    column.type === 'numeric' ? usualNumber(column, encoding) : (column.categories[0] ?? null),
  ]);
  return Object.fromEntries(row);
}

const DIGITS = 4;

function usualNumber({ name, statistics }: NumericEncoding, { schema }: TableEncoding): number {
  const { mean, min, max } = statistics;
  const column = schema.columns.find((one) => one.name === name)!;
  const isLog = 'transform' in column && column.transform === 'log1p';
  // Rounded it might leave the range.
  const within = Math.min(max, Math.max(min, Number(mean.toPrecision(DIGITS))));
  return isLog ? Number((exp(within) - 1).toPrecision(DIGITS)) : within;
}

/** As a shell takes it. @param endpoint base URL of an HTTP API that takes it unsigned */
export const asCurl = (endpoint: string, { path, type, body }: Question): string =>
  `curl -s '${endpoint}${path}' -H 'content-type: ${type}' ${dataOf(body)}`;

/** From wherever the shell is. */
const dataOf = (body: Question['body']): string =>
  typeof body === 'string' ? `-d ${shellWord(body)}` : `--data-binary ${shellWord(`@${resolve(body.file)}`)}`;

/** What is to be sent with a signature, for people. */
export const describeBody = ({ type, body }: Question): string =>
  typeof body === 'string' ? shellWord(body) : `${type}, ${body.file}`;

const prediction = z.union([
  z.object({ className: z.string() }),
  z.object({ class: z.number() }),
  z.object({ values: z.record(z.string(), z.number()) }),
]);
const lineage = z.object({ model: z.string(), version: z.number() });
const answer = z.union([
  lineage.extend({ predictions: z.array(prediction).length(1) }),
  lineage.and(prediction).transform(({ model, version, ...rest }) => ({
    model,
    version,
    predictions: [prediction.parse(rest)],
  })),
]);

/** Asks the endpoint, and says what it answered. @returns 0 when the answer is well-formed, else 1 */
export async function checkAnswer(endpoint: string, { path, type, body }: Question): Promise<number> {
  const response = await fetch(`${endpoint}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : readFileSync(body.file),
  });
  const text = await response.text();
  if (!response.ok) {
    console.error(`prediction failed: ${response.status} ${text}`);
    return 1;
  }
  const { model, version, predictions } = answer.parse(JSON.parse(text));
  const first = predictions[0]!;
  const said =
    'values' in first
      ? Object.entries(first.values)
          .map(([name, value]) => `${name} ${value.toPrecision(DIGITS)}`)
          .join(', ')
      : 'className' in first
        ? first.className
        : `class ${first.class}`;
  console.log(`asked about the example, ${model} version ${version} says ${said}`);
  return 0;
}
