/** Tensors with their axes in another order, as other programs have them. */

/**
 * NumPy's `transpose`: axis d of the result is axis `order[d]` of what is given.
 *
 * @param values row-major, of `shape`
 */
export function permuteAxes(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((step, size) => step * size, 1));
  const sizes = order.map((axis) => shape[axis]!);
  /** Steps in `values` between neighbours along each axis of the result. */
  const steps = order.map((axis) => strides[axis]!);
  const index = sizes.map(() => 0);
  const permuted = new Float32Array(values.length);
  let at = 0;
  for (let flat = 0; flat < permuted.length; flat++) {
    permuted[flat] = values[at]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      at -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return permuted;
}
