/** Every address of every special block is refused, in every form; all others are not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../functions/download/public-addresses.ts';

/** Written down here apart from the table under test: first and last address of each block. */
const REFUSED_4: readonly [string, string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
];
const REFUSED_6: readonly [string, bigint, number][] = [
  ['unspecified, loopback, IPv4-compatible and -mapped', 0n, 16],
  ['NAT64', 0x0064_ff9b_0000_0000n, 64],
  ['NAT64 of a network', 0x0064_ff9b_0001_0000n, 48],
  ['discard', 0x0100_0000_0000_0000n, 64],
  ['Teredo and other protocols', 0x2001_0000_0000_0000n, 23],
  ['documentation', 0x2001_0db8_0000_0000n, 32],
  ['6to4', 0x2002_0000_0000_0000n, 16],
  ['more documentation', 0x3fff_0000_0000_0000n, 20],
  ['segment routing', 0x5f00_0000_0000_0000n, 16],
  ['unique local, also fd00:ec2::254', 0xfc00_0000_0000_0000n, 7],
  ['link-local', 0xfe80_0000_0000_0000n, 10],
  ['site-local', 0xfec0_0000_0000_0000n, 10],
  ['multicast', 0xff00_0000_0000_0000n, 8],
];

const number4 = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const text4 = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const groups = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
/** As a URL writes it: the longest zeros left out. */
const text6 = (value: bigint): string =>
  new URL(`http://[${groups(value).join(':')}]/`).hostname.slice(1, -1);
const low64 = fc.bigInt(0n, (1n << 64n) - 1n);

describe('IPv4', () => {
  it.each(REFUSED_4)(
    '%s to %s is refused, and its neighbours are judged by their own blocks',
    (first, last) => {
      const [from, to] = [number4(first), number4(last)];
      fc.assert(
        fc.property(fc.integer({ min: from, max: to }), (value) => {
          expect(isPublicAddress(text4(value))).toBe(false);
        }),
        { examples: [[from], [to]] },
      );
      for (const neighbour of [from - 1, to + 1].filter((value) => value >= 0 && value < 2 ** 32)) {
        expect(isPublicAddress(text4(neighbour)), text4(neighbour)).toBe(!isRefused4(neighbour));
      }
    },
  );

  it('every other address is allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(isPublicAddress(text4(value)), text4(value)).toBe(!isRefused4(value));
      }),
      { numRuns: 2000 },
    );
  });
});

function isRefused4(value: number): boolean {
  return REFUSED_4.some(([first, last]) => number4(first) <= value && value <= number4(last));
}

describe('IPv6', () => {
  it.each(REFUSED_6)('%s is refused', (_name, high, prefix) => {
    const mask = (1n << BigInt(Math.max(0, 64 - prefix))) - 1n;
    fc.assert(
      fc.property(low64, low64, (a, b) => {
        const value = ((high | (a & mask)) << 64n) | b;
        expect(isPublicAddress(text6(value))).toBe(false);
        expect(isPublicAddress(groups(value).join(':'))).toBe(false);
      }),
      {
        examples: [
          [0n, 0n],
          [0n, 1n],
          [mask, (1n << 64n) - 1n],
        ],
      },
    );
  });

  it.each(['::ffff:', '::', '64:ff9b::', '64:ff9b:1::', '::ffff:0:'])(
    '%s and an IPv4 address is refused, even a public one',
    (prefix) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
          expect(isPublicAddress(`${prefix}${text4(value)}`)).toBe(false);
        }),
      );
    },
  );

  it('of global unicast, every address outside these blocks is allowed', () => {
    const refused = (value: bigint): boolean =>
      REFUSED_6.some(([, high, prefix]) => value >> BigInt(128 - prefix) === high >> BigInt(64 - prefix));
    fc.assert(
      fc.property(low64, low64, (a, b) => {
        const value = (((a & ((1n << 61n) - 1n)) | (1n << 61n)) << 64n) | b;
        expect(isPublicAddress(text6(value)), text6(value)).toBe(!refused(value));
      }),
      { numRuns: 1000 },
    );
  });
});

it.each([
  '2606:4700::6810:84e5',
  '2001:200::1',
  '2a00:1450::1',
  '2001:db9::',
  '2003::',
  '3ffe::1',
  '8.8.8.8',
  '1.1.1.1',
])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

it.each([
  '',
  'localhost',
  '127.1',
  '2130706433',
  '0x8080808',
  '8.8.8.8.',
  'fe80::1%eth0',
  '2a00::1%lo',
  '[2a00::1]',
])('%j is no public address', (text) => expect(isPublicAddress(text)).toBe(false));
