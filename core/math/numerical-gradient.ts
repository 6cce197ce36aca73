/** Derivatives by central differences, the slow and obvious way that backpropagation is checked against. */

/** f'(x) ≈ (f(x + h) - f(x - h)) / 2h; the error is about h²·f'''(x) / 6 and what rounding adds. */
export function numericalDerivative(f: (x: number) => number, x: number, h = 1e-4): number {
  return (f(x + h) - f(x - h)) / (2 * h);
}

/**
 * ∂f/∂x_i ≈ (f(x + h·e_i) - f(x - h·e_i)) / 2h for every i.
 *
 * @param x the point; changed while f is called and restored afterwards
 * @param h half the distance between the two evaluations
 * @returns float64 gradient of x's length
 */
export function numericalGradient(f: (x: Float64Array) => number, x: Float64Array, h = 1e-4): Float64Array {
  return x.map((value, i) => {
    const along = (xi: number): number => {
      x[i] = xi;
      return f(x);
    };
    const derivative = numericalDerivative(along, value, h);
    x[i] = value;
    return derivative;
  });
}
