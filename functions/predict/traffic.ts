/** Which requests a candidate sees. */
import { sha256 } from '../store/sha256.ts';

/** The hash's first 32 bits. */
const HEX_DIGITS = 8;
const HASHES = 2 ** 32;

/**
 * A fixed part of all request ids, so that the same request is decided the same way wherever it arrives, and no state
 * is kept. A larger share has all the requests of a smaller one, and more.
 *
 * @param share from 0 (none) to 1 (all)
 */
export function isInShare(requestId: string, share: number): boolean {
  const hash = Number.parseInt(sha256(requestId).slice(0, HEX_DIGITS), 16);
  return hash / HASHES < share;
}
