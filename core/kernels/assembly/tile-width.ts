/** How rows of weights are cut into tiles whose accumulators stay in registers. */
import * as L from '../layout';

/** Vectors per tile of rows that are wider: whole cache lines. */
const WIDE_TILE: i32 = 12;

/** Width in vectors of the next tile of a row that has `vectors` left. */
@inline
export function tileWidth(vectors: i32): i32 {
  return vectors > L.WIDEST_TILE ? WIDE_TILE : vectors;
}

/** Whether a layer's rows of weights are a single tile. */
@inline
export function isOneTile(layer: usize): bool {
  return <i32>(load<u32>(layer, L.STRIDE) >> 4) <= L.WIDEST_TILE;
}
