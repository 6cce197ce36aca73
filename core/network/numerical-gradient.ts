/** Gradients by central differences, the slow and obvious way that backpropagation is checked against. */

/**
 * ∂f/∂x_i ≈ (f(x + h·e_i) - f(x - h·e_i)) / 2h for every i.
 *
 * @param x the point; changed while f is called and restored afterwards
 * @param h half the distance between the two evaluations
 * @returns float64 gradient of x's length
 */
export function numericalGradient(f: (x: Float64Array) => number, x: Float64Array, h = 1e-4): Float64Array {
  return x.map((value, i) => {
    x[i] = value + h;
    const above = f(x);
    x[i] = value - h;
    const below = f(x);
    x[i] = value;
    return (above - below) / (2 * h);
  });
}
