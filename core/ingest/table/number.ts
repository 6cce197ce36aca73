/**
 * Decimal numbers from their bytes: [+-] digits [. digits] [e [+-] digits], spaces around them allowed. Not read:
 * hexadecimal, separators of thousands, NaN and Infinity, which are no measurements.
 */
import { decodeLatin1 } from '../../bytes/byte-reader.ts';

const ZERO = 0x30;
/** What stands before the decimals. */
export const POINT = 0x2e;
export const COMMA = 0x2c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const SPACE = 0x20;
const TAB = 0x09;

/** Below 2^53 with any digits: their integer is exact. */
const EXACT_DIGITS = 15;
/** Powers of ten that are exact in float64, more than enough for the digits above. */
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => Number(`1e${exponent}`));
const NUMBER = /^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/;

/**
 * The float64 nearest to the number, as `Number` has it; up to 15 digits without an exponent are one exact integer
 * divided by one exact power of ten, which rounds once (W. Clinger, "How to Read Floating Point Numbers Accurately").
 *
 * @param mark what stands before the decimals, a point or a comma
 * @returns NaN when it is no number; ±Infinity when it is beyond float64
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number, mark = POINT): number {
  let at = start;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  let integer = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      integer = integer * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (byte === mark && decimals < 0) decimals = 0;
    else if (isPart(byte)) return parseSlowly(bytes, start, end, mark);
    else return Number.NaN;
  }
  if (digits === 0 || digits > EXACT_DIGITS) return parseSlowly(bytes, start, end, mark);
  const value = decimals > 0 ? integer / POWERS[decimals]! : integer;
  return isNegative ? -value : value;
}

const isPart = (byte: number): boolean =>
  byte === SPACE || byte === TAB || byte === PLUS || byte === MINUS || byte === 0x45 || byte === 0x65;

function parseSlowly(bytes: Uint8Array, start: number, end: number, mark: number): number {
  const raw = decodeLatin1(bytes.subarray(start, end));
  if (mark === COMMA && raw.includes('.')) return Number.NaN;
  const text = mark === COMMA ? raw.replace(',', '.') : raw;
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}
