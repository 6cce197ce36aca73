/** A config's field for people. */
import { describeLayers } from '../../core/network/describe-layers.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';
import { isDense } from '../../core/network/plan.ts';

/** JSON, but for texts and layers of pictures. */
export function describeField(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const isLayers = (field === 'layers' || field === 'hidden') && Array.isArray(value);
  if (isLayers && !isDense(value as LayerSpecs)) return describeLayers(value as LayerSpecs);
  return JSON.stringify(value);
}
