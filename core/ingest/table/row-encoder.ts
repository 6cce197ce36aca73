/** Turns a table's rows into inputs and outputs of a network, those of training and those of prediction alike. */

import { encodeUtf8 } from '../../bytes/text.ts';
import { ConfigError } from '../../errors.ts';
import { exp } from '../../math/elementary.ts';
import {
  type DeclaredValue,
  keepsItsDigits,
  markOf,
  nameOf,
  type Said,
  saidBy,
  ValueDictionary,
} from './declared-value.ts';
import {
  type CategoricalEncoding,
  type ColumnEncoding,
  type NumericEncoding,
  scaled,
  type TableEncoding,
  widthOf,
} from './encoding.ts';
import type { TableSchema } from './schema.ts';
import { labelValues, notAllowed } from './statistics.ts';
import { TableRow } from './table-row.ts';

/** A value of a row that is to be predicted; null stands for a missing one. */
export type RowValue = string | number | boolean | null;

export class RowEncoder {
  readonly row: TableRow;
  /** Non-zero inputs of the row that was encoded last, in ascending order; `entries` of each are valid. */
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  entries = 0;
  /** Columns of the row whose value is no category, though any may be given. */
  readonly unknown: string[] = [];
  /** Class of the row, or its targets, scaled. */
  label = 0;
  readonly targets: Float32Array;

  readonly #encoding: TableEncoding;
  readonly #columns: { slot: number; first: number; numeric: NumericEncoding | undefined }[] = [];
  /** By categorical column. */
  readonly #dictionaries: ValueDictionary[];
  /** Class of each value that the label may have, by its number in the dictionary. */
  readonly #classes: number[] = [];
  readonly #firstTarget: number;
  /** By column, the texts that say a number or a truth; made when a row first has one. */
  readonly #said = new Map<ColumnEncoding, Map<Said, string[]>>();

  /** @param encoding valid, as {@link gatherEncoding} makes it */
  constructor(encoding: TableEncoding) {
    const { schema, columns, classes } = encoding;
    this.#encoding = encoding;
    this.row = new TableRow(schema);
    this.indices = new Uint32Array(columns.length);
    this.values = new Float32Array(columns.length);
    this.targets = new Float32Array(encoding.targets.length);
    this.#dictionaries = [];
    let first = 0;
    let numbers = 0;
    for (const column of columns) {
      if (column.type === 'numeric') this.#columns.push({ slot: numbers++, first, numeric: column });
      else {
        this.#columns.push({ slot: this.#dictionaries.length, first, numeric: undefined });
        this.#dictionaries.push(new ValueDictionary(labelsOf(column, schema), schema.decimal));
      }
      first += widthOf(column);
    }
    this.#firstTarget = numbers;
    if (schema.label === undefined) return;
    const { classOf } = schema.label;
    this.#dictionaries.push(new ValueDictionary(labelValues(schema.label) ?? classes, schema.decimal));
    this.#classes =
      classOf === undefined
        ? classes.map((_, index) => index)
        : Object.values(classOf).map((name) => classes.indexOf(nameOf(name, schema.decimal)));
  }

  /** Encodes `row`, outputs too. @returns what is wrong with it, naming the column */
  encode(): string | undefined {
    return this.#encodeInputs() ?? this.#encodeOutputs();
  }

  /**
   * Encodes a row that is to be predicted: by column, numbers as such or as text, categories as text or as the number or
   * truth that the text says. Label, target and ignored columns may be there, and are not looked at.
   *
   * @param input [inputs], overwritten
   * @throws ConfigError naming the column, its value and what is allowed
   */
  encodeValues(values: Readonly<Record<string, RowValue>>, input: Float32Array): void {
    const { schema, columns } = this.#encoding;
    const unknown = Object.keys(values).find((key) => !schema.columns.some(({ name }) => name === key));
    if (unknown !== undefined) {
      throw new ConfigError(
        `column ${JSON.stringify(unknown)}: not one of ${columns.map(({ name }) => name).join(', ')}`,
      );
    }
    // The row's texts lie one behind the other.
    const texts = columns.map((column) => encodeUtf8(this.#textOf(column, values)));
    const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
    this.row.bytes = bytes;
    let start = 0;
    columns.forEach(({ name, type }, index) => {
      const text = texts[index]!;
      const end = start + text.length;
      bytes.set(text, start);
      const { slot } = this.#columns[index]!;
      const problem =
        type === 'numeric'
          ? this.row.readNumber(slot, bytes, start, end)
          : this.row.readCategory(slot, bytes, start, end);
      if (problem !== undefined) throw new ConfigError(`column ${JSON.stringify(name)}: ${problem}`);
      start = end;
    });
    const problem = this.#encodeInputs();
    if (problem !== undefined) throw new ConfigError(problem);
    input.fill(0);
    for (let entry = 0; entry < this.entries; entry++) input[this.indices[entry]!] = this.values[entry]!;
  }

  /** Targets in the columns' own units from a network's outputs: what scaling and log(1 + x) did, undone. */
  decodeTargets(outputs: ArrayLike<number>): number[] {
    const { targets } = this.#encoding;
    return targets.map(({ offset, divisor }, index) => {
      const value = divisor === 0 ? offset : outputs[index]! * divisor + offset;
      const { transform } = this.row.numeric[this.#firstTarget + index]!;
      return transform === undefined ? value : exp(value) - 1;
    });
  }

  #textOf(column: ColumnEncoding, values: Readonly<Record<string, RowValue>>): string {
    const { name } = column;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new ConfigError(`column ${JSON.stringify(name)}: absent from the row`);
    if (typeof value === 'string') return value;
    const { missing = [], decimal } = this.#encoding.schema;
    if (value === null) {
      if (missing.length > 0) return nameOf(missing[0]!, decimal);
      throw new ConfigError(`column ${JSON.stringify(name)}: got null, but no value may be missing`);
    }
    if (column.type === 'categorical' && !keepsItsDigits(value)) {
      throw new ConfigError(
        `column ${JSON.stringify(name)}: got ${value}, expected a text: JSON does not keep all digits of so large a number`,
      );
    }
    // The file said it in its own way: 1 as 1.0, say, and true as True.
    let said = this.#said.get(column);
    if (said === undefined) {
      const none = missing.map((label) => nameOf(label, decimal));
      said = sayings(column.type === 'numeric' ? none : [...none, ...column.categories], markOf(decimal));
      this.#said.set(column, said);
    }
    const own = nameOf(value, decimal);
    const same = said.get(value) ?? [];
    if (same.length < 2 || same.includes(own)) return same.length === 1 ? same[0]! : own;
    const choice = same.map((text) => JSON.stringify(text)).join(' or ');
    throw new ConfigError(`column ${JSON.stringify(name)}: got ${value}, expected the text ${choice}`);
  }

  #encodeInputs(): string | undefined {
    const { row } = this;
    this.entries = 0;
    this.unknown.length = 0;
    for (let index = 0; index < this.#columns.length; index++) {
      const { slot, first, numeric } = this.#columns[index]!;
      if (numeric === undefined) {
        if (row.isMissing(slot)) continue;
        const category = this.#dictionaries[slot]!.find(row.bytes, row.starts[slot]!, row.ends[slot]!);
        if (category >= 0) this.#put(first + category, 1);
        else if (row.categorical[slot]!.others === 'error') return notAllowed(row, slot);
        else this.unknown.push(row.categorical[slot]!.name);
        continue;
      }
      const value = row.numbers[slot]!;
      // A missing value is as good as the mean.
      const encoded = Math.fround(scaled(numeric, Number.isNaN(value) ? numeric.statistics.mean : value));
      if (!Number.isFinite(encoded)) return beyondFloat32(numeric.name, value);
      if (encoded !== 0) this.#put(first, encoded);
    }
    return undefined;
  }

  #put(index: number, value: number): void {
    this.indices[this.entries] = index;
    this.values[this.entries++] = value;
  }

  #encodeOutputs(): string | undefined {
    const { row } = this;
    const { targets, schema } = this.#encoding;
    for (let index = 0; index < targets.length; index++) {
      const value = row.numbers[this.#firstTarget + index]!;
      const encoded = Math.fround(scaled(targets[index]!, value));
      if (!Number.isFinite(encoded)) return beyondFloat32(targets[index]!.name, value);
      this.targets[index] = encoded;
    }
    if (schema.label === undefined) return undefined;
    const slot = row.categorical.length - 1;
    const value = this.#dictionaries[slot]!.find(row.bytes, row.starts[slot]!, row.ends[slot]!);
    if (value < 0) return notAllowed(row, slot);
    this.label = this.#classes[value]!;
    return undefined;
  }
}

/** What was declared of the column's categories, which says more than their names. */
function labelsOf({ name, categories }: CategoricalEncoding, schema: TableSchema): readonly DeclaredValue[] {
  const declared = schema.columns.find((column) => column.name === name);
  return (declared?.type === 'categorical' ? declared.categories : undefined) ?? categories;
}

/** Of the texts those that say a number or a truth, by it. */
function sayings(texts: readonly string[], mark: number): Map<Said, string[]> {
  const said = new Map<Said, string[]>();
  for (const text of texts) {
    const bytes = encodeUtf8(text);
    const value = saidBy(bytes, 0, bytes.length, mark);
    if (value === undefined) continue;
    const same = said.get(value);
    if (same === undefined) said.set(value, [text]);
    else same.push(text);
  }
  return said;
}

const beyondFloat32 = (name: string, value: number): string =>
  `column ${JSON.stringify(name)}: got ${value}, which is beyond float32 when scaled`;
