/** Where things of a plan are; core/kernels/plan.ts has the fields. */
import * as P from '../plan';

/** Bytes of an entry, {u32 offset, f32 value}. */
export const ENTRY: usize = 8;

/** Layer `index`'s record. */
// @ts-ignore: decorator
@inline
export function layerOf(plan: usize, index: i32): usize {
  return plan + P.LAYERS + <usize>index * P.LAYER_BYTES;
}

/** Whether zero inputs of the layer are left out: the data's, and those of hidden units that are often exactly 0. */
// @ts-ignore: decorator
@inline
export function isSparse(plan: usize, index: i32): bool {
  const activation = load<i32>(plan, P.ACTIVATION);
  return index === 0 || activation === P.RELU || activation === P.STEP;
}

/** Whether the data is bytes, which need no buckets: the update phase reads their columns. */
// @ts-ignore: decorator
@inline
export function hasBytes(plan: usize, index: i32): bool {
  return index === 0 && load<u32>(plan, P.X_BYTES) !== 0;
}

/** Address of the bytes of each of the block's rows, u32 [rows]. */
// @ts-ignore: decorator
@inline
export function rowAddress(plan: usize, n: i32): usize {
  return <usize>load<u32>(plan, P.ROW_ADDRESSES) + <usize>n * 4;
}

/** {u32 first entry, u32 end} of each of the block's rows. */
// @ts-ignore: decorator
@inline
export function spanOf(plan: usize, n: i32): usize {
  return <usize>load<u32>(plan, P.SPANS) + <usize>n * 8;
}

/** A sample's list: an entry per input at most, one to overwrite, and its end's address. */
// @ts-ignore: decorator
@inline
export function listOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, P.LISTS) + <usize>n * (<usize>load<u32>(layer, P.INPUTS) + 2) * ENTRY;
}

/** The thread's buckets of a layer, one per input with room for each of the thread's rows. */
// @ts-ignore: decorator
@inline
export function bucketsOf(plan: usize, layer: usize, thread: i32): usize {
  return (
    <usize>load<u32>(layer, P.BUCKETS) +
    <usize>thread * <usize>load<u32>(layer, P.INPUTS) * bucketBytes(plan)
  );
}

// @ts-ignore: decorator
@inline
export function bucketBytes(plan: usize): usize {
  return <usize>load<u32>(plan, P.CAPACITY) * ENTRY;
}

/** Where the thread's buckets of a layer go on, u32 [inputs]. */
// @ts-ignore: decorator
@inline
export function cellsOf(layer: usize, thread: i32): usize {
  return <usize>load<u32>(layer, P.CELLS) + <usize>thread * <usize>load<u32>(layer, P.INPUTS) * 4;
}
