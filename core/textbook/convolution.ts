/** The layer `Convolution` of chapter 7: filters that move over all channels of a picture. */

import type { FeatureMaps, MapShape } from './feature-maps.ts';
import { col2im, im2col, mapsToPlaces, placesIn, placesToMaps, type Window } from './im2col.ts';
import type { Matrix } from './matrix.ts';

/** Of a convolution: parameters, or their gradients. */
export interface Filters {
  /** [channels · window height · window width, filters]: a filter a column, each as `im2col` has its places. */
  W: Matrix;
  /** [filters] */
  b: Float64Array;
}

export class Convolution {
  readonly filters: Filters;
  readonly window: Window;

  /** @throws RangeError when there are not as many biases as filters */
  constructor(filters: Filters, window: Window) {
    if (filters.b.length !== filters.W.columns) {
      throw new RangeError(`b: got ${filters.b.length} values, expected ${filters.W.columns}`);
    }
    this.filters = filters;
    this.window = window;
  }

  /** Of one sample. @throws RangeError when the window doesn't fit */
  outputShape(shape: MapShape): MapShape {
    return [this.filters.b.length, ...placesIn(shape, this.window)];
  }

  /**
   * y = im2col(x)·W + b
   *
   * @param x [count, channels, height, width]
   * @returns [count, filters, rows, columns]
   * @throws RangeError when the filters are of other channels, or don't fit
   */
  forward(x: FeatureMaps): FeatureMaps {
    const { W, b } = this.filters;
    return placesToMaps(im2col(x, this.window).dot(W).addRow(b), x.count, this.outputShape(x.shape));
  }

  /**
   * @param x that `forward` has got
   * @param dy ∂L/∂y, of y's shape
   * @returns ∂L/∂W, ∂L/∂b and ∂L/∂x
   */
  backward(x: FeatureMaps, dy: FeatureMaps): { filters: Filters; dx: FeatureMaps } {
    const dPlaces = mapsToPlaces(dy);
    const W = im2col(x, this.window).transpose().dot(dPlaces);
    const dCol = dPlaces.dot(this.filters.W.transpose());
    return {
      filters: { W, b: dPlaces.sumRows() },
      dx: col2im(dCol, x.count, x.shape, this.window),
    };
  }
}
