/** Schemas of datasets: as a config declares them, and as the manifest describes them. */
import * as z from 'zod';
import type { UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { FITS, type PictureForm } from '../../core/ingest/picture-row.ts';
import type { TableEncoding } from '../../core/ingest/table/encoding.ts';
import { SCALINGS, type TableSchema } from '../../core/ingest/table/schema.ts';
import { count, name, sha256 } from './parts.ts';

const MAX_NAMES = 10_000;
/** Of a split. Each takes its share of an execution's history, which is bounded. */
export const MAX_FILES = 16;
const text = z.string().max(1000);
const column = z.string().min(1).max(200);
/** As a file has it, or a number or a truth that texts of the file say (core/ingest/table/declared-value.ts). */
const label = z.union([text, z.number(), z.boolean()]);
const labels = z.array(label).min(1).max(MAX_NAMES);
const scaling = z.enum(SCALINGS);

/** What spans several fields is core's to check: `checkTableSchema` and `specOf`. */
const tableFields = {
  header: z.boolean().optional(),
  delimiter: z.string().length(1).optional(),
  decimal: z.enum(['.', ',']).optional(),
  columns: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          name: column,
          type: z.literal('numeric'),
          transform: z.literal('log1p').optional(),
        }),
        z.strictObject({
          name: column,
          type: z.literal('categorical'),
          categories: labels.optional(),
          others: z.enum(['zeros', 'error']).optional(),
        }),
        z.strictObject({ name: column, type: z.literal('ignore') }),
      ]),
    )
    .min(1)
    .max(MAX_NAMES),
  label: z
    .strictObject({ column, classes: labels.optional(), classOf: z.record(text, label).optional() })
    .optional(),
  target: z
    .strictObject({ columns: z.array(column).min(1).max(1000), scaling: scaling.optional() })
    .optional(),
  missing: z.array(label).max(100).optional(),
  maxBadRows: z.int().min(0).optional(),
  scaling: scaling.optional(),
} as const;
export const tableSchema: z.ZodType<TableSchema> = z.strictObject(tableFields);

const url = z.url({ protocol: /^https?$/ }).max(2000);
const location = z.strictObject({
  url: url.optional(),
  key: z
    .string()
    .regex(/^imports\/./, 'expected a key below imports/')
    .max(1024)
    .optional(),
  sha256: sha256.optional(),
});
const idxFiles = z.strictObject({ images: location, labels: location });
const split = z
  .strictObject({
    testShare: z.number().positive().lt(1),
    seed: z.int().min(0).max(0xffff_ffff).optional(),
  })
  .optional();
const side = z.int().min(1).max(4096);
export const pictureForm: z.ZodType<PictureForm> = z.strictObject({
  height: side,
  width: side,
  channels: z.union([z.literal(1), z.literal(3)], { error: 'expected 1, grey, or 3, colour' }),
  fit: z.enum(FITS),
});
const locations = z.array(location).min(1).max(MAX_FILES);

/** A config's `dataset` when it is no name. */
export const userDataset: z.ZodType<UserDataset> = z.union([
  z.strictObject({
    name,
    format: z.literal('idx'),
    files: z.strictObject({ train: idxFiles, test: idxFiles.optional() }),
    split,
    classNames: labels.optional(),
    pictures: pictureForm.optional(),
  }),
  z.strictObject({
    name,
    format: z.literal('csv'),
    train: locations,
    test: locations.optional(),
    split,
    ...tableFields,
  }),
  z.strictObject({
    name,
    like: name,
    from: url.endsWith('/'),
  }),
]);

/** A name in the catalogue, or a declaration. */
export const dataset = z.union([name, userDataset]);

const whole = z.int().min(0);
const numericEncoding = z.strictObject({
  name: column,
  type: z.literal('numeric'),
  offset: z.number(),
  divisor: z.number().min(0),
  statistics: z.strictObject({
    count: whole,
    missing: whole,
    min: z.number(),
    max: z.number(),
    mean: z.number(),
    variance: z.number().min(0),
  }),
});

/** Whether inputs and columns go together is checked, too: what is encoded by it goes into a network of that size. */
export const tableEncoding: z.ZodType<TableEncoding> = z
  .strictObject({
    schema: tableSchema,
    inputs: z.int().min(1).max(1_000_000),
    columns: z
      .array(
        z.discriminatedUnion('type', [
          numericEncoding,
          z.strictObject({
            name: column,
            type: z.literal('categorical'),
            categories: z.array(text).max(MAX_NAMES),
          }),
        ]),
      )
      .min(1)
      .max(MAX_NAMES),
    classes: z.array(text).max(MAX_NAMES),
    targets: z.array(numericEncoding).max(1000),
  })
  .refine(
    ({ columns, inputs }) =>
      columns.reduce((sum, one) => sum + (one.type === 'numeric' ? 1 : one.categories.length), 0) === inputs,
    { message: 'expected as many inputs as the columns become', path: ['inputs'] },
  );

const manifestSplit = z.strictObject({
  size: count,
  shards: z.array(z.strictObject({ key: z.string(), sha256, rows: count })),
});
const manifestBase = {
  name,
  /** Shape of one sample, e.g. [28, 28]; a row of x has its product of columns. */
  inputShape: z.array(count),
  splits: z.strictObject({ train: manifestSplit, test: manifestSplit }),
  /** SHA-256 of each source file, uncompressed. */
  sources: z.record(z.string(), sha256),
};
const badRows = z.strictObject({
  count: whole,
  /** The first ones: file, line, column, value and what was expected. */
  first: z.array(z.string()),
});

/** Written for datasets that are IDX files of which everything was known before they came. */
const firstManifest = z.strictObject({ formatVersion: z.literal(1), ...manifestBase, classes: count });

const secondManifest = z
  .strictObject({
    formatVersion: z.literal(2),
    ...manifestBase,
    /** SHA-256 of the spec: a dataset of this name with another one is another dataset. */
    definition: sha256,
    /** What the shards hold as inputs: bytes, float32, or sparse rows of float32. */
    shards: z.enum(['u8', 'f32', 'sparse']),
    /** Of a classification. */
    classes: count.optional(),
    /** By class. */
    classNames: z.array(text).optional(),
    /** Cost of predicting a class (column) for a sample of another (row). */
    costs: z.array(z.array(z.number().min(0))).optional(),
    /** Of a regression: the columns that the outputs stand for. */
    targets: z.array(column).optional(),
    /** How pictures became rows, which those that are predicted become in the same way. */
    pictures: pictureForm.optional(),
    /** Of a table: how its rows became inputs and outputs. */
    encoding: tableEncoding.optional(),
    /** Of a table: rows that were left out. */
    badRows: z.strictObject({ train: badRows, test: badRows }).optional(),
  })
  .refine(({ classes, targets }) => (classes === undefined) !== (targets === undefined), {
    message: 'expected either classes or targets',
    path: ['classes'],
  });

export const datasetManifest = z.union([firstManifest, secondManifest]);
export type DatasetManifest = z.output<typeof datasetManifest>;
