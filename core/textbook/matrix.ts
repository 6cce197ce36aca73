/** A matrix in float64 with the few operations a network needs; made to be read, not for speed. */
import type { NumberArray } from '../ingest/load-mnist.ts';

export class Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly data: Float64Array;

  /** @throws RangeError when the data's length isn't rows × columns */
  constructor(rows: number, columns: number, data: Float64Array = new Float64Array(rows * columns)) {
    if (data.length !== rows * columns) {
      throw new RangeError(`matrix: got ${data.length} values, expected ${rows} × ${columns}`);
    }
    this.rows = rows;
    this.columns = columns;
    this.data = data;
  }

  /** @throws RangeError when the rows aren't all of one length */
  static of(rows: readonly ArrayLike<number>[]): Matrix {
    const columns = rows[0]?.length ?? 0;
    const matrix = new Matrix(rows.length, columns);
    rows.forEach((row, n) => {
      if (row.length !== columns) {
        throw new RangeError(`matrix row ${n}: got ${row.length} values, expected ${columns}`);
      }
      matrix.data.set(row, n * columns);
    });
    return matrix;
  }

  /**
   * The given rows of an array, in that order: a mini-batch.
   *
   * @param array shape [n, …]; whatever follows n is flattened
   * @throws RangeError for a row that there isn't
   */
  static batch({ shape, data }: NumberArray, rows: ArrayLike<number>): Matrix {
    const columns = shape.slice(1).reduce((product, size) => product * size, 1);
    const matrix = new Matrix(rows.length, columns);
    for (let n = 0; n < rows.length; n++) {
      const row = rows[n]!;
      if (!(Number.isInteger(row) && row >= 0 && row < shape[0]!)) {
        throw new RangeError(`rows[${n}]: got ${row}, expected 0 to ${shape[0]! - 1}`);
      }
      matrix.data.set(data.subarray(row * columns, (row + 1) * columns), n * columns);
    }
    return matrix;
  }

  /** Row n, as a view: changing it changes the matrix. */
  row(n: number): Float64Array {
    return this.data.subarray(n * this.columns, (n + 1) * this.columns);
  }

  /** The matrix product: [rows, k] · [k, columns] → [rows, columns]. @throws RangeError when the two k differ */
  dot(other: Matrix): Matrix {
    if (this.columns !== other.rows) {
      throw new RangeError(`dot: got ${this.#shape} · ${other.#shape}, expected inner sizes to be equal`);
    }
    const product = new Matrix(this.rows, other.columns);
    for (let n = 0; n < this.rows; n++) {
      const target = product.row(n);
      this.row(n).forEach((value, k) => {
        const source = k * other.columns;
        for (let j = 0; j < target.length; j++) target[j]! += value * other.data[source + j]!;
      });
    }
    return product;
  }

  transpose(): Matrix {
    const transposed = new Matrix(this.columns, this.rows);
    for (let n = 0; n < this.rows; n++) {
      for (let j = 0; j < this.columns; j++) {
        transposed.data[j * this.rows + n] = this.data[n * this.columns + j]!;
      }
    }
    return transposed;
  }

  /** Adds b [columns] to every row. @throws RangeError for another length */
  addRow(b: ArrayLike<number>): Matrix {
    if (b.length !== this.columns) {
      throw new RangeError(`addRow: got ${b.length} values, expected ${this.columns}`);
    }
    return new Matrix(
      this.rows,
      this.columns,
      this.data.map((value, i) => value + b[i % this.columns]!),
    );
  }

  minus(other: Matrix): Matrix {
    return this.#zip(other, (a, b) => a - b);
  }

  /** The product of equal positions. */
  times(other: Matrix): Matrix {
    return this.#zip(other, (a, b) => a * b);
  }

  map(h: (value: number) => number): Matrix {
    return new Matrix(
      this.rows,
      this.columns,
      this.data.map((value) => h(value)),
    );
  }

  /** Applies h to every row; it must keep the length. */
  mapRows(h: (row: Float64Array) => ArrayLike<number>): Matrix {
    return Matrix.of(Array.from({ length: this.rows }, (_, n) => h(this.row(n))));
  }

  /** The sum over the rows, [columns]. */
  sumRows(): Float64Array {
    const sum = new Float64Array(this.columns);
    this.data.forEach((value, i) => {
      sum[i % this.columns]! += value;
    });
    return sum;
  }

  get #shape(): string {
    return `[${this.rows}, ${this.columns}]`;
  }

  #zip(other: Matrix, combine: (a: number, b: number) => number): Matrix {
    if (other.rows !== this.rows || other.columns !== this.columns) {
      throw new RangeError(`matrices: got ${this.#shape} and ${other.#shape}, expected equal shapes`);
    }
    return new Matrix(
      this.rows,
      this.columns,
      this.data.map((value, i) => combine(value, other.data[i]!)),
    );
  }
}
