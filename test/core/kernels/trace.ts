/** All that two engines say of the same network and data, to be compared bit for bit. */
import type { Backend, UpdateRule } from '../../../core/kernels/engine.ts';
import type { Architecture, LayerParameters } from '../../../core/network/architecture.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';

export function normal(length: number, scale: number, seed: number, stream: number): Float32Array {
  const out = new Float32Array(length);
  fillNormal(out, scale, seed, 77, stream);
  return out;
}

export const normalLayers = (sizes: readonly number[], scale: number, seed: number): LayerParameters[] =>
  sizes.slice(1).map((outputs, index) => ({
    weights: normal(sizes[index]! * outputs, scale, seed, 2 * index),
    bias: normal(outputs, scale, seed, 2 * index + 1),
  }));

const flat = (layers: readonly LayerParameters[]) => layers.flatMap(({ weights, bias }) => [weights, bias]);

/** Outputs, losses and gradients of each batch, a step of training on each, then the layers and the state. */
export function trace(
  backend: Backend,
  architecture: Architecture,
  layers: readonly LayerParameters[],
  data: TrainingRows,
  batches: readonly Uint32Array[],
  rule: UpdateRule,
): ArrayLike<number>[] {
  const engine = backend.createEngine(architecture, layers);
  const seen = batches.flatMap((batch, index): ArrayLike<number>[] => {
    const outputs = engine.forward(data.x, batch).slice();
    const { loss, gradients } = engine.gradients(data, batch);
    return [outputs, [loss], ...flat(gradients), [engine.step(data, batch, rule, index % 3 !== 1)]];
  });
  return [...seen, ...flat(engine.layers()), ...engine.state(rule.kind).flatMap(flat)];
}

/** Where the bits differ first; NaN is like NaN, whose payload is the engine's own affair. */
export function firstDifference(actual: ArrayLike<number>[], expected: ArrayLike<number>[]): string {
  for (const [index, values] of actual.entries()) {
    const others = expected[index]!;
    if (values.length !== others.length) return `${index}: length ${values.length}, ${others.length}`;
    for (let k = 0; k < values.length; k++) {
      if (!Object.is(values[k], others[k])) return `${index}[${k}]: ${values[k]}, ${others[k]}`;
    }
  }
  return 'none';
}
