/** Prices, us-east-1, read November 2026; other regions differ by some percent. */
export const PRICES = {
  /** Lambda on arm64, per GB-second. */
  lambdaGbSecond: 0.0000133334,
  /** Lambda, per request. */
  lambdaRequest: 0.2 / 1_000_000,
} as const;

/** Lambda's charge for one invocation: `ms` of billed time at `memoryMb`. US dollars. */
export function estimateDollars(ms: number, memoryMb: number): number {
  return (Math.ceil(ms) / 1000) * (memoryMb / 1024) * PRICES.lambdaGbSecond + PRICES.lambdaRequest;
}
