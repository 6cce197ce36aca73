/** Schemas of datasets that a config declares, and of what the manifest says of a table's encoding. */
import * as z from 'zod';
import type { UserDataset } from '../../core/data/catalogue/user-dataset.ts';
import type { TableEncoding } from '../../core/data/table/encoding.ts';
import type { TableSchema } from '../../core/data/table/schema.ts';

const MAX_NAMES = 10_000;
const text = z.string().max(1000);
const column = z.string().min(1).max(200);
const names = z.array(text).min(1).max(MAX_NAMES);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const datasetName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const scaling = z.enum(['standard', 'minmax', 'none']);

/** What spans several fields is core's to check: `checkTableSchema` and `specOf`. */
const tableFields = {
  header: z.boolean().optional(),
  delimiter: z.string().length(1).optional(),
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
          categories: names.optional(),
          others: z.enum(['zeros', 'error']).optional(),
        }),
        z.strictObject({ name: column, type: z.literal('ignore') }),
      ]),
    )
    .min(1)
    .max(MAX_NAMES),
  label: z
    .strictObject({ column, classes: names.optional(), classOf: z.record(text, text).optional() })
    .optional(),
  target: z
    .strictObject({ columns: z.array(column).min(1).max(1000), scaling: scaling.optional() })
    .optional(),
  missing: z.array(text).max(100).optional(),
  maxBadRows: z.int().min(0).optional(),
  scaling: scaling.optional(),
} as const;
export const tableSchema: z.ZodType<TableSchema> = z.strictObject(tableFields);

const location = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  key: z.string().min(1).max(1024).optional(),
  sha256: sha256.optional(),
});
const split = z.strictObject({ images: location, labels: location });
const locations = z.array(location).min(1).max(1000);

/** A config's `dataset` when it is no name. */
export const userDataset: z.ZodType<UserDataset> = z.union([
  z.strictObject({
    name: datasetName,
    format: z.literal('idx'),
    files: z.strictObject({ train: split, test: split }),
    classNames: names.optional(),
  }),
  z.strictObject({
    name: datasetName,
    format: z.literal('csv'),
    train: locations,
    test: locations,
    ...tableFields,
  }),
  z.strictObject({
    name: datasetName,
    like: datasetName,
    from: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .endsWith('/'),
  }),
]);

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
