/** Addresses of what a network's layout holds; core/kernels/layout.ts has the fields. */
import * as L from '../layout';

/** Bytes of an entry, {u32 offset, f32 value}. */
export const ENTRY: usize = 8;

/** Layer `index`'s record. */
@inline
export function layerOf(layout: usize, index: i32): usize {
  return layout + L.LAYERS + <usize>index * L.LAYER_BYTES;
}

/** Whether zero inputs of the layer are left out: the data's, and those of hidden units that are often exactly 0. */
@inline
export function isSparse(layout: usize, index: i32): bool {
  const activation = load<i32>(layout, L.ACTIVATION);
  if (index > 0 && load<i32>(layout, L.IS_MIXED)) return false;
  return index === 0 || activation === L.RELU || activation === L.STEP;
}

/** Whether the data is bytes, which need no buckets: the update phase reads their columns. */
@inline
export function hasBytes(layout: usize, index: i32): bool {
  return index === 0 && load<u32>(layout, L.X_BYTES) !== 0;
}

/** Address of the bytes of each of the block's rows, u32 [rows]. */
@inline
export function rowAddress(layout: usize, n: i32): usize {
  return <usize>load<u32>(layout, L.ROW_ADDRESSES) + <usize>n * 4;
}

/** {u32 first entry, u32 end} of each of the block's rows. */
@inline
export function spanOf(layout: usize, n: i32): usize {
  return <usize>load<u32>(layout, L.SPANS) + <usize>n * 8;
}

/** A sample's list: an entry per input at most, one to overwrite, and its end's address. */
@inline
export function listOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, L.LISTS) + <usize>n * (<usize>load<u32>(layer, L.INPUTS) + 2) * ENTRY;
}

/** The thread's buckets of a layer, one per input with room for each of the thread's rows. */
@inline
export function bucketsOf(layout: usize, layer: usize, thread: i32): usize {
  return (
    <usize>load<u32>(layer, L.BUCKETS) +
    <usize>thread * <usize>load<u32>(layer, L.INPUTS) * bucketBytes(layout)
  );
}

@inline
export function bucketBytes(layout: usize): usize {
  return <usize>load<u32>(layout, L.CAPACITY) * ENTRY;
}

/** Where the thread's buckets of a layer go on, u32 [inputs]. */
@inline
export function cellsOf(layer: usize, thread: i32): usize {
  return <usize>load<u32>(layer, L.CELLS) + <usize>thread * <usize>load<u32>(layer, L.INPUTS) * 4;
}
