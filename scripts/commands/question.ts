/** What a model can be asked as an example: a row of its table, or an image of MNIST. */
import { z } from 'zod';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import type { NumericEncoding, TableEncoding } from '../../core/ingest/table/encoding.ts';
import type { RowValue } from '../../core/ingest/table/row-encoder.ts';
import { exp } from '../../core/math/elementary.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { datasetManifest } from '../../functions/schemas/dataset.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { shellWord } from '../support/shell.ts';

export type ExampleRow = Readonly<Record<string, RowValue>>;

export interface Question {
  /** Of the route. */
  path: string;
  /** As JSON. */
  body: string;
}

export const rowQuestion = (model: string, row: ExampleRow): Question => ({
  path: `/predict?model=${model}`,
  body: JSON.stringify({ rows: [row] }),
});

/** A row about the middle of the dataset's table; undefined for a dataset that is none, or is not there. */
export async function usualRow(store: ObjectStore, config: JobConfig): Promise<ExampleRow | undefined> {
  const manifest = await findDocument(store, datasetManifest, KEYS.manifest(datasetName(config.dataset)));
  if (manifest?.formatVersion !== 2 || manifest.encoding === undefined) return undefined;
  const { encoding } = manifest;
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
export const asCurl = (endpoint: string, { path, body }: Question): string =>
  `curl -s '${endpoint}${path}' -H 'content-type: application/json' -d ${shellWord(body)}`;

const answer = z.object({
  model: z.string(),
  version: z.number(),
  predictions: z
    .array(
      z.union([
        z.object({ className: z.string() }),
        z.object({ class: z.number() }),
        z.object({ values: z.record(z.string(), z.number()) }),
      ]),
    )
    .length(1),
});

/** Asks the endpoint, and says what it answered. @returns 0 when the answer is well-formed, else 1 */
export async function checkAnswer(endpoint: string, { path, body }: Question): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${endpoint}${path}`, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) {
    console.error(`prediction failed: ${response.status} ${text}`);
    return 1;
  }
  const { model, version, predictions } = answer.parse(JSON.parse(text));
  const prediction = predictions[0]!;
  const said =
    'values' in prediction
      ? Object.entries(prediction.values)
          .map(([name, value]) => `${name} ${value.toPrecision(DIGITS)}`)
          .join(', ')
      : 'className' in prediction
        ? prediction.className
        : `class ${prediction.class}`;
  console.log(`asked about the example, ${model} version ${version} says ${said}`);
  return 0;
}
