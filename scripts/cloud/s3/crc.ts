/** The cyclic redundancy checks of S3, all reflected with initial value and final XOR of all ones. */
import { crc32 } from 'node:zlib';

export interface Crc {
  update(bytes: Uint8Array): void;
  /** Big-endian, as S3 encodes it. */
  digest(): Buffer;
}

/** Reflected polynomials: IEEE 802.3; Castagnoli (RFC 3720); NVM Express Base Specification, 64b CRC. */
const POLYNOMIALS = {
  CRC32: 0xedb88320n,
  CRC32C: 0x82f63b78n,
  CRC64NVME: 0x9a6c9329ac4bc9b5n,
} as const;
export type CrcName = keyof typeof POLYNOMIALS;

export function createCrc(name: CrcName): Crc {
  return name === 'CRC32' ? zlibCrc32() : tableCrc(name);
}

function zlibCrc32(): Crc {
  let state = 0;
  return {
    update: (bytes) => {
      state = crc32(bytes, state);
    },
    digest: () => uint32(state),
  };
}

/** In two halves of 32 bits, of which a narrow one has nothing in the high half. */
function tableCrc(name: CrcName): Crc {
  const { low, high } = tables(name);
  const isWide = POLYNOMIALS[name] >> 32n > 0n;
  let stateLow = 0xffffffff;
  let stateHigh = isWide ? 0xffffffff : 0;
  return {
    update: (bytes) => {
      let lo = stateLow;
      let hi = stateHigh;
      for (let i = 0; i < bytes.length; i++) {
        const index = (lo ^ bytes[i]!) & 255;
        lo = ((lo >>> 8) | (hi << 24)) ^ low[index]!;
        hi = (hi >>> 8) ^ high[index]!;
      }
      stateLow = lo;
      stateHigh = hi;
    },
    digest: () => Buffer.concat([...(isWide ? [uint32(~stateHigh >>> 0)] : []), uint32(~stateLow >>> 0)]),
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Tables {
  /** [256] low and high 32 bits of each byte's remainder. */
  low: Uint32Array;
  high: Uint32Array;
}
const tablesByName = new Map<CrcName, Tables>();

function tables(name: CrcName): Tables {
  let found = tablesByName.get(name);
  if (found === undefined) {
    found = { low: new Uint32Array(256), high: new Uint32Array(256) };
    for (let byte = 0; byte < 256; byte++) {
      let remainder = BigInt(byte);
      for (let bit = 0; bit < 8; bit++) remainder = timesX(remainder, POLYNOMIALS[name]);
      found.low[byte] = Number(remainder & 0xffffffffn);
      found.high[byte] = Number(remainder >> 32n);
    }
    tablesByName.set(name, found);
  }
  return found;
}

/**
 * CRC of A followed by B from the CRCs of both and B's length:
 * crc(A ‖ B) = crc(A) · x^(8 |B|) mod P, plus crc(B), over GF(2). Takes log2 |B| multiplications.
 */
export function combineCrc(name: CrcName, crcA: Buffer, crcB: Buffer, bytesOfB: number): Buffer {
  const polynomial = POLYNOMIALS[name];
  const width = BigInt(8 * crcB.length);
  let shifted = BigInt(`0x${crcA.toString('hex')}`);
  // Reflected: the highest bit stands for x^0, so x^8 is eight places below it.
  let power = 1n << (width - 9n);
  for (let n = bytesOfB; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) shifted = multiply(shifted, power, polynomial, width);
    power = multiply(power, power, polynomial, width);
  }
  const combined = shifted ^ BigInt(`0x${crcB.toString('hex')}`);
  return Buffer.from(combined.toString(16).padStart(2 * crcB.length, '0'), 'hex');
}

/** a · b mod P of reflected polynomials. */
function multiply(a: bigint, b: bigint, polynomial: bigint, width: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = width - 1n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = timesX(shifted, polynomial);
  }
  return product;
}

const timesX = (value: bigint, polynomial: bigint): bigint =>
  value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
