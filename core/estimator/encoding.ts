/** A model's way from people's rows to its network's and back, and the checks of both. */

import { ConfigError, DatasetError } from '../errors.ts';
import type { ColumnScale } from '../ingest/table/encoding.ts';
import { type LayerSpecs, type PictureShape, pictureIn, takesPicture } from '../network/layers.ts';
import { inputsOf, outputsOf } from '../network/plan.ts';
import type { InputRows } from '../rows/input-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import { type ModelConfig, planHidden } from './config.ts';
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
  config: ModelConfig,
  isTaskSaid: boolean,
): ModelEncoding {
  const { task, scaling, targetScaling, classes, layers, hidden, activation } = config;
  const outputs: OutputEncoding = { task, classes: [], scales: [], areRows };
  if ('read' in y) {
    // A target that is constant here may be another elsewhere, and its error counts.
    const scales = gatherScales(names.y, y, rows, targetScaling);
    outputs.scales = scales.map(({ offset, divisor }) => ({ offset, divisor: divisor || 1 }));
  } else {
    outputs.classes = classes ?? gatherClasses(names.y, y, isTaskSaid);
  }
  const picture = layers === undefined ? pictureFor(config, names.x, x) : pictureIn(layers);
  if (layers !== undefined) checkFirst(layers, names.x, x);
  if (layers !== undefined && unitsOf(outputs) !== outputsOf(layers)) {
    const found = task === 'regression' ? 'targets' : `classes, ${show(outputs.classes)}`;
    const hint =
      task === 'regression' ? '' : '; name all of them by the option classes if some are not there';
    throw new ConfigError(
      `layers: the last has ${outputsOf(layers)} units, ${names.y} has ${unitsOf(outputs)} ${found}${hint}`,
    );
  }
  if (layers === undefined) planHidden(picture ?? x.columns, hidden, unitsOf(outputs), activation);
  return { inputs: { ...gatherInputEncoding(names.x, x, rows, scaling), picture }, outputs };
}

/** The picture that hidden layers or augmentation take. @throws ConfigError where they want one, and the rows are none */
function pictureFor(
  { hidden, augmentation }: ModelConfig,
  name: string,
  x: RowReader,
): PictureShape | undefined {
  const isForLayers = hidden.some(takesPicture);
  if (!isForLayers && augmentation === undefined) return undefined;
  const picture = asPicture(x);
  if (picture !== undefined) return picture;
  const expected = `{ data, shape: [${x.rows}, height, width, channels] }`;
  throw new ConfigError(
    `${isForLayers ? 'hidden: got layers of pictures' : 'augmentation: got it'}, ${name} has rows of ${x.columns}: give it as ${expected}, or say layers instead`,
  );
}

/** A row with a shape of two or three sides. */
function asPicture({ shape = [] }: RowReader): PictureShape | undefined {
  const [height, width, channels = 1] = shape;
  return shape.length === 2 || shape.length === 3 ? [height!, width!, channels] : undefined;
}

function checkFirst(layers: LayerSpecs, name: string, x: RowReader): void {
  const picture = pictureIn(layers);
  const units = inputsOf(layers);
  if (x.columns !== units) {
    const first = picture === undefined ? '' : `, ${show(picture)}`;
    throw new ConfigError(`layers: the first has ${units} units${first}, ${name} has ${x.columns} columns`);
  }
  checkPicture(picture, name, x, (message) => new ConfigError(`layers: ${message}`));
}

/** Sides in another order would be other pixels. */
function checkPicture(
  picture: PictureShape | undefined,
  name: string,
  x: RowReader,
  asError: (message: string) => Error,
): void {
  const given = asPicture(x);
  if (picture === undefined || given === undefined || given.join() === picture.join()) return;
  throw asError(`${name} has pictures of ${show(given)}, expected ${show(picture)}: height, width, channels`);
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

function checkColumns(name: string, { inputs }: ModelEncoding, x: RowReader): void {
  if (x.columns !== inputs.scales.length) {
    throw new DatasetError(`${name} has ${x.columns} columns, the model takes ${inputs.scales.length}`);
  }
  checkPicture(inputs.picture, name, x, (message) => new DatasetError(message));
}
