/** Pictures of a batch with their channels: what convolutions take and give. */
import { Matrix } from './matrix.ts';

/** Of one sample: channels, height, width. */
export type MapShape = readonly [channels: number, height: number, width: number];

export class FeatureMaps {
  /** Samples of the batch. */
  readonly count: number;
  readonly shape: MapShape;
  /** [count, channels, height, width] as in the book, row-major. */
  readonly data: Float64Array;

  /** @throws RangeError when the data's length isn't the product of the sizes */
  constructor(count: number, shape: MapShape, data?: Float64Array) {
    const [channels, height, width] = shape;
    const length = count * channels * height * width;
    this.count = count;
    this.shape = shape;
    this.data = data ?? new Float64Array(length);
    if (this.data.length !== length) {
      throw new RangeError(
        `feature maps: got ${this.data.length} values, expected ${count} × ${shape.join(' × ')}`,
      );
    }
  }

  /**
   * Rows as maps, the other way round than `flatten`.
   *
   * @param rows [count, channels · height · width]
   * @throws RangeError for rows of another length
   */
  static ofRows(rows: Matrix, shape: MapShape): FeatureMaps {
    return new FeatureMaps(rows.rows, shape, rows.data);
  }

  /** A row for each sample, [count, channels · height · width], of the same values. */
  flatten(): Matrix {
    const [channels, height, width] = this.shape;
    return new Matrix(this.count, channels * height * width, this.data);
  }

  map(h: (value: number) => number): FeatureMaps {
    return new FeatureMaps(
      this.count,
      this.shape,
      this.data.map((value) => h(value)),
    );
  }
}
