/** What a model's file has beside a checkpoint: scales as tensors, and its metadata. */

import { shorten } from '../bytes/quote.ts';
import type { Tensor } from '../bytes/safetensors.ts';
import { type JsonValue, parseStrictJson } from '../bytes/strict-json.ts';
import { IntegrityError } from '../errors.ts';
import type { ColumnScale } from '../ingest/table/encoding.ts';
import type { ModelConfig } from './config.ts';
import type { OutputEncoding } from './encoding.ts';
import { INPUT_SCALINGS, type InputScaling, type ModelOptions, TASKS, type Task } from './options.ts';
import type { Label } from './outputs.ts';

/** Options that training goes on with. */
const KEPT = [
  'augmentation',
  'optimizer',
  'learningRate',
  'momentum',
  'beta1',
  'beta2',
  'weightDecay',
  'seed',
] as const;

export interface ModelMetadata extends Pick<OutputEncoding, 'task' | 'classes' | 'areRows'> {
  scaling: InputScaling;
  /** Begun so far. */
  epochs: number;
  options: ModelOptions;
}

export const keptOptions = (config: ModelConfig): ModelOptions =>
  Object.fromEntries(KEPT.map((name) => [name, config[name]]));

export function putScales(tensors: Map<string, Tensor>, name: string, scales: readonly ColumnScale[]): void {
  for (const part of ['offset', 'divisor'] as const) {
    const data = new Uint8Array(Float64Array.from(scales, (scale) => scale[part]).buffer);
    tensors.set(`${name}.${part}`, { dtype: 'F64', shape: [scales.length], data });
  }
}

/** Takes them out of the tensors; none are an empty list. */
export function takeScales(tensors: Map<string, Tensor>, name: string): ColumnScale[] {
  const take = (part: string): Float64Array => {
    const tensor = tensors.get(`${name}.${part}`);
    tensors.delete(`${name}.${part}`);
    if (tensor === undefined) return new Float64Array(0);
    if (tensor.dtype !== 'F64' || tensor.shape.length !== 1) {
      throw new IntegrityError(`model: ${name}.${part}: expected one dimension of F64`);
    }
    return new Float64Array(new Uint8Array(tensor.data).buffer);
  };
  const offsets = take('offset');
  const divisors = take('divisor');
  const isFine =
    offsets.length === divisors.length &&
    offsets.every(Number.isFinite) &&
    divisors.every((divisor) => Number.isFinite(divisor) && divisor >= 0);
  if (!isFine) throw new IntegrityError(`model: ${name}.offset and ${name}.divisor scale no columns`);
  return Array.from(offsets, (offset, column) => ({ offset, divisor: divisors[column]! }));
}

/** Objects in the place of Maps, also within; Object.fromEntries sets no prototype. */
const plain = (value: JsonValue): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([name, part]) => [name, plain(part)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value;

/** @throws IntegrityError naming the field that is missing or wrong */
export function readMetadata(text: string): ModelMetadata {
  let value: JsonValue;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    throw new IntegrityError(`model: metadata: ${(error as Error).message}`, { cause: error });
  }
  const field = <T>(name: string, isFine: (found: JsonValue | undefined) => boolean): T => {
    const found = value instanceof Map ? value.get(name) : undefined;
    if (!isFine(found)) throw new IntegrityError(`model: metadata: ${name} is ${shorten(String(found))}`);
    return found as T;
  };
  const options = field<Map<string, never>>('options', (found) => found instanceof Map);
  const unknown = [...options.keys()].find((name) => !KEPT.some((kept) => kept === name));
  if (unknown !== undefined)
    throw new IntegrityError(`model: metadata: options.${shorten(unknown)} is unknown`);
  return {
    task: field<Task>('task', (found) => TASKS.some((task) => task === found)),
    classes: field<Label[]>('classes', Array.isArray),
    areRows: field<boolean>('areRows', (found) => typeof found === 'boolean'),
    scaling: field<InputScaling>('scaling', (found) => INPUT_SCALINGS.some((each) => each === found)),
    epochs: field<number>('epochs', (found) => Number.isSafeInteger(found) && (found as number) >= 0),
    options: plain(options) as ModelOptions,
  };
}
