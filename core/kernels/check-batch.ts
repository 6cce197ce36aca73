/** Refuses batches that don't fit: the kernels would read and write what belongs to others, and say nothing. */

import type { Architecture } from '../network/architecture.ts';
import { inputsOf, type LayerPlan, outputsOf } from '../network/plan.ts';
import type { InputRows } from '../rows/input-rows.ts';
import { hasTargets, type Labels, type TargetRows, type TrainingRows } from '../rows/training-rows.ts';
import type { Noise } from './engine.ts';

/** @param inputs the network's @throws RangeError naming the value and what is allowed */
export function checkRows(inputs: number, x: InputRows, batch: Uint32Array): void {
  if (x.columns !== inputs) {
    throw new RangeError(`x: got ${x.columns} columns, expected ${inputs}, the network's inputs`);
  }
  for (let n = 0; n < batch.length; n++) {
    if (batch[n]! < x.rows) continue;
    throw new RangeError(`batch[${n}]: got ${batch[n]}, expected below ${x.rows}, the rows of x`);
  }
}

/**
 * The same for a step of training, which needs a row at least, because nothing has no mean.
 *
 * @throws RangeError naming the value and what is allowed
 */
export function checkBatch(architecture: Architecture, data: TrainingRows, batch: Uint32Array): void {
  const outputs = outputsOf(architecture.layers);
  if (batch.length === 0) throw new RangeError('batch: got no rows, expected at least one');
  checkRows(inputsOf(architecture.layers), data.x, batch);
  if (hasTargets(data)) checkTargets(architecture, data, batch);
  else checkLabels(outputs, data.labels, batch);
}

/** @throws RangeError for dropout that nothing says what to draw from */
export function checkNoise(plan: readonly LayerPlan[], noise: Noise | undefined): void {
  if (noise === undefined && plan.some(({ kind }) => kind === 'dropout')) {
    throw new RangeError('noise: got none for a network with dropout, expected seed and step');
  }
}

function checkLabels(classes: number, labels: Labels, batch: Uint32Array): void {
  for (const row of batch) {
    const label = labels[row];
    if (label !== undefined && label < classes) continue;
    throw new RangeError(
      `labels[${row}]: got ${label ?? 'none'}, expected below ${classes}, the network's classes`,
    );
  }
}

function checkTargets(architecture: Architecture, data: TargetRows, batch: Uint32Array): void {
  checkTargetShape(architecture, data);
  const outputs = outputsOf(architecture.layers);
  for (const row of batch) {
    for (let k = 0; k < outputs; k++) {
      const target = data.targets[row * outputs + k]!;
      if (Number.isFinite(target)) continue;
      throw new RangeError(`targets[${row}, ${k}]: got ${target}, expected a finite number`);
    }
  }
}

/** @throws RangeError where targets don't fit the network's loss or outputs */
export function checkTargetShape({ layers, loss }: Architecture, { x, targets }: TargetRows): void {
  const outputs = outputsOf(layers);
  if (loss !== 'meanSquaredError') {
    throw new RangeError(`targets: got them with the loss ${loss}, expected meanSquaredError`);
  }
  if (targets.length !== x.rows * outputs) {
    throw new RangeError(
      `targets: got ${targets.length}, expected ${x.rows * outputs}, the network's ${outputs} outputs per row of x`,
    );
  }
}
