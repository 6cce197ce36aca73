/**
 * The optimizers' formulas on float32, each operation rounded, as in the textbook's optimizer classes; g is the gradient,
 * with weight decay λ: g = g + λ·w. The kernels do the same.
 */
import type { UpdateRule } from './engine.ts';

const f = Math.fround;

/** Keeps AdaGrad's and Adam's divisor above 0; the textbook's value. */
const EPSILON = f(1e-7);

/**
 * Updates parameters `w` in place from gradients `g`, with state `s` and `t` of the same length where the rule keeps any.
 *
 * - sgd: w = w - η·g
 * - momentum: v = α·v - η·g, w = w + v
 * - adagrad: h = h + g·g, w = w - (η·g) / (√h + 1e-7)
 * - adam (D. Kingma and J. Ba, 2015): m = m + (1 - β1)·(g - m), v = v + (1 - β2)·(g·g - v), w = w - (η·m) / (√v + 1e-7)
 *
 * @param weightDecay λ, 0 for biases
 */
export function applyRule(
  rule: UpdateRule,
  weightDecay: number,
  w: Float32Array,
  g: Float32Array,
  s: Float32Array | undefined,
  t: Float32Array | undefined,
): void {
  const rate = f(rule.rate);
  const decay = f(weightDecay);
  const factor1 = f(rule.factor1);
  const factor2 = f(rule.factor2);
  for (let i = 0; i < w.length; i++) {
    const gradient = decay === 0 ? g[i]! : f(g[i]! + f(decay * w[i]!));
    switch (rule.kind) {
      case 'sgd':
        w[i] = w[i]! - f(rate * gradient);
        break;
      case 'momentum':
        s![i] = f(factor1 * s![i]!) - f(rate * gradient);
        w[i] = w[i]! + s![i]!;
        break;
      case 'adagrad':
        s![i] = s![i]! + f(gradient * gradient);
        w[i] = w[i]! - f(f(rate * gradient) / f(f(Math.sqrt(s![i]!)) + EPSILON));
        break;
      case 'adam':
        s![i] = s![i]! + f(factor1 * f(gradient - s![i]!));
        t![i] = t![i]! + f(factor2 * f(f(gradient * gradient) - t![i]!));
        w[i] = w[i]! - f(f(rate * s![i]!) / f(f(Math.sqrt(t![i]!)) + EPSILON));
        break;
    }
  }
}
