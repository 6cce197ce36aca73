/** How much memory a network takes that the reference trains, which holds a whole batch at a time. */
import type { Architecture } from '../network/architecture.ts';
import { fanIn, parametersOf, parametric, planLayers } from '../network/plan.ts';
import { BLOCK_ROWS, type OptimizerName, STATE_COUNT } from './engine.ts';

const FLOAT_BYTES = 4;

/** About as many bytes as there are in the arrays of a step, or of an evaluation. */
export function referenceBytes(
  { layers, activation }: Architecture,
  { optimizer, batchSize }: { optimizer: OptimizerName; batchSize: number },
): number {
  const plan = planLayers(layers, activation);
  const parameters = parametric(plan).reduce((sum, layer) => sum + parametersOf(layer), 0);
  const inputs = plan[0]!.kind === 'dense' ? 0 : plan[0]!.inputs;
  const values = plan.reduce((sum, layer) => sum + layer.outputs, inputs);
  const seen = plan.reduce(
    (sum, layer) =>
      sum + (layer.kind === 'convolution' ? layer.places.rows * layer.places.columns * fanIn(layer) : 0),
    0,
  );
  // A delta, and the one of the layer before.
  const deltas = 2 * Math.max(...plan.map((layer) => Math.max(layer.inputs, layer.outputs)));
  const copies = 2 + STATE_COUNT[optimizer];
  const rows = Math.max(batchSize, BLOCK_ROWS);
  return FLOAT_BYTES * (copies * parameters + rows * (values + seen + deltas));
}
