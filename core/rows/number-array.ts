/** An array with a shape, row-major. */
export interface NumberArray {
  shape: readonly number[];
  data: Float32Array | Uint8Array;
}
