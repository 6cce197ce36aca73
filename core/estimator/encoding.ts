/** A model's way from people's rows to its network's and back, and the checks of both. */

import { ConfigError, DatasetError } from '../errors.ts';
import type { ColumnScale } from '../ingest/table/encoding.ts';
import type { InputRows } from '../rows/input-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import type { ModelConfig } from './config.ts';
import {
  allRows,
  encodeInputs,
  encodeTargets,
  gatherInputEncoding,
  gatherScales,
  type InputEncoding,
  type RowNumbers,
} from './input-encoding.ts';
import { type RowReader, readInputs } from './inputs.ts';
import type { Task } from './options.ts';
import { checkLength, encodeLabels, gatherClasses, type Label, readTargets } from './outputs.ts';
import { show } from './show.ts';

export interface ModelEncoding {
  inputs: InputEncoding;
  outputs: OutputEncoding;
}

export interface OutputEncoding {
  task: Task;
  /** In the order of the network's outputs; none of a regression. */
  classes: readonly Label[];
  /** By target; none of a classification. */
  scales: readonly ColumnScale[];
  /** Whether targets were rows of numbers, as predictions are then. */
  areRows: boolean;
}

/** Inputs and outputs of an argument that were read, not yet encoded. */
interface ReadRows {
  /** How errors call them: `fit: x`. */
  names: { x: string; y: string };
  x: RowReader;
  /** A list of classes, or targets. */
  y: ArrayLike<unknown> | RowReader;
  areRows: boolean;
}

export const unitsOf = ({ classes, scales }: OutputEncoding): number => classes.length || scales.length;

/**
 * @param call that has the arguments
 * @param prefix of their names, `validation.` for one
 * @throws DatasetError naming the argument, the row and the column
 */
export function readRows(call: string, task: Task, x: unknown, y: unknown, prefix = ''): ReadRows {
  const short = { x: `${prefix}x`, y: `${prefix}y` };
  const names = { x: `${call}: ${short.x}`, y: `${call}: ${short.y}` };
  const reader = readInputs(names.x, x);
  if (reader.rows === 0) throw new DatasetError(`${names.x}: got no rows, expected at least one`);
  if (task === 'classification') {
    checkLength(call, y, reader.rows, short);
    return { names, x: reader, y: y as ArrayLike<unknown>, areRows: false };
  }
  const { reader: targets, areRows } = readTargets(names.y, y);
  if (targets.rows !== reader.rows) {
    throw new DatasetError(
      `${call}: ${short.y} has ${targets.rows} values, ${short.x} has ${reader.rows} rows`,
    );
  }
  return { names, x: reader, y: targets, areRows };
}

/**
 * What a first training set says.
 *
 * @param rows that are trained on
 * @throws DatasetError for what can't be learned; ConfigError where layers say otherwise
 */
export function gatherEncoding(
  { names, x, y, areRows }: ReadRows,
  rows: RowNumbers,
  { task, scaling, targetScaling, classes, layers }: ModelConfig,
  isTaskSaid: boolean,
): ModelEncoding {
  const outputs: OutputEncoding = { task, classes: [], scales: [], areRows };
  if ('read' in y) {
    // A target that is constant here may be another elsewhere, and its error counts.
    const scales = gatherScales(names.y, y, rows, targetScaling);
    outputs.scales = scales.map(({ offset, divisor }) => ({ offset, divisor: divisor || 1 }));
  } else {
    outputs.classes = classes ?? gatherClasses(names.y, y, isTaskSaid);
  }
  if (layers !== undefined && x.columns !== layers[0]) {
    throw new ConfigError(`layers: the first has ${layers[0]} units, ${names.x} has ${x.columns} columns`);
  }
  if (layers !== undefined && unitsOf(outputs) !== layers.at(-1)) {
    const found = task === 'regression' ? 'targets' : `classes, ${show(outputs.classes)}`;
    const hint =
      task === 'regression' ? '' : '; name all of them by the option classes if some are not there';
    throw new ConfigError(
      `layers: the last has ${layers.at(-1)} units, ${names.y} has ${unitsOf(outputs)} ${found}${hint}`,
    );
  }
  return { inputs: gatherInputEncoding(names.x, x, rows, scaling), outputs };
}

/** @throws DatasetError naming what doesn't fit the model */
export function encodeRows(
  encoding: ModelEncoding,
  { names, x, y }: ReadRows,
  rows: RowNumbers = allRows(x),
): TrainingRows {
  const { inputs, outputs } = encoding;
  checkColumns(names.x, encoding, x);
  if (!('read' in y)) {
    const labels = encodeLabels(names.y, outputs.classes, y, rows);
    return { x: encodeInputs(names.x, inputs, x, rows), labels };
  }
  if (y.columns !== outputs.scales.length) {
    throw new DatasetError(
      `${names.y} has ${y.columns} columns, the model predicts ${outputs.scales.length}`,
    );
  }
  const targets = encodeTargets(names.y, outputs.scales, y, rows);
  return { x: encodeInputs(names.x, inputs, x, rows), targets };
}

/** Rows to predict; none give undefined. @throws DatasetError naming what doesn't fit the model */
export function encodeAlone(call: string, encoding: ModelEncoding, x: unknown): InputRows | undefined {
  const reader = readInputs(`${call}: x`, x);
  if (reader.rows === 0) return undefined;
  checkColumns(`${call}: x`, encoding, reader);
  return encodeInputs(`${call}: x`, encoding.inputs, reader, allRows(reader));
}

function checkColumns(name: string, { inputs }: ModelEncoding, { columns }: RowReader): void {
  if (columns === inputs.scales.length) return;
  throw new DatasetError(`${name} has ${columns} columns, the model takes ${inputs.scales.length}`);
}
