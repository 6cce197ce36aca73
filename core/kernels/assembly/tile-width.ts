/** How rows of weights are cut into tiles whose accumulators stay in registers. */

/** Vectors of the widest tile: as many accumulators as leave registers for a factor and a product. */
export const WIDEST_TILE: i32 = 13;
/** Vectors per tile of rows that are wider: whole cache lines. */
const WIDE_TILE: i32 = 12;

/** Width in vectors of the next tile of a row that has `vectors` left. */
@inline
export function tileWidth(vectors: i32): i32 {
  return vectors > WIDEST_TILE ? WIDE_TILE : vectors;
}
