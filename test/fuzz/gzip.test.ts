/** What mirrors send: gzip in all its forms, damaged, endless or none, is the expected file or a MirrorError. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decompress } from '../../functions/download/decompress.ts';
import { fetchVerified } from '../../functions/download/fetch-verified.ts';
import ODD from '../fixtures/fuzz/odd.json' with { type: 'json' };
import { startServer, type TestServer } from '../functions/support/http-server.ts';
import { expectClear, expectReadable, fuzz } from './support/fuzz.ts';
import { mutated } from './support/mutate.ts';

/** More than this is not read: as of a file that says its size. */
const LIMIT = 1 << 16;
const CONTENT = Buffer.from('stepnet '.repeat(500));
/** 1,000 times as large when it is inflated, and that 30 times over. */
const BOMB = gzipSync(Buffer.alloc(1 << 25));
const BOMBS = Buffer.concat(new Array<Buffer>(30).fill(BOMB));
const optional = Buffer.concat([
  // Extra field, name, comment and header checksum announced, which are not what follows.
  Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 255, 255]),
  CONTENT,
]);
const MEMBERS = [
  gzipSync(CONTENT),
  gzipSync(Buffer.alloc(0)),
  gzipSync(CONTENT, { level: 0 }),
  gzipSync(gzipSync(CONTENT)),
  optional,
  CONTENT,
  Buffer.from([0x1f, 0x8b]),
  Buffer.alloc(20),
];

const body: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: mutated(MEMBERS) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...MEMBERS) }, mutated(MEMBERS)), {
        maxLength: 4,
      })
      .map((parts) => Buffer.concat(parts)),
  },
  fc.constant(Buffer.concat(new Array<Buffer>(500).fill(gzipSync(Buffer.alloc(0))))),
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(BOMB.length), fc.constantFrom(BOMB, BOMBS))
      .map(([end, bomb]) => bomb.subarray(0, -1 - end)),
  },
);

/** Pieces as a network delivers them, empty ones too. */
async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const cut of cuts) {
    yield bytes.subarray(at, at + cut);
    at += cut;
  }
  yield bytes.subarray(Math.min(at, bytes.length));
}

/** Everything at once by zlib's other interface; undefined when it is damaged, cut off or too much. */
function gunzipped(bytes: Uint8Array): Buffer | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Buffer.from(bytes);
  try {
    return gunzipSync(bytes, { maxOutputLength: LIMIT });
  } catch {
    return undefined;
  }
}

it('gzip is what zlib makes of it at once, or an error; and never more than is read', async () => {
  const inputs = fc.record({ bytes: body, cuts: fc.array(fc.nat(40), { maxLength: 6 }) });
  const check = async ({ bytes, cuts }: { bytes: Uint8Array; cuts: number[] }): Promise<boolean> => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let failed = false;
    try {
      for await (const chunk of decompress(inPieces(bytes, cuts))) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > LIMIT) break;
      }
    } catch (error) {
      expectReadable((error as Error).message);
      expect((error as NodeJS.ErrnoException).code).toMatch(/^Z_/);
      failed = true;
    }
    const expected = gunzipped(bytes);
    if (expected === undefined) expect(failed || length > LIMIT).toBe(true);
    else expect(Buffer.concat(chunks).equals(expected)).toBe(true);
    return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes.length > 18;
  };
  const options = { short: 300, deep: 0.4, size: ({ bytes }: { bytes: Uint8Array }) => bytes.length };
  await fuzz('gzip', inputs, check, options);
});

describe('a mirror', () => {
  let server: TestServer;
  let answer: { bytes: Uint8Array; encoding: string | undefined };
  beforeAll(async () => {
    server = await startServer((_, response) => {
      if (answer.encoding !== undefined) response.setHeader('content-encoding', answer.encoding);
      response.end(answer.bytes);
    });
  });
  afterAll(() => server.close());

  it('delivers exactly the file, or fails with a MirrorError', async () => {
    const file = { bytes: CONTENT.length, sha256: createHash('sha256').update(CONTENT).digest('hex') };
    const timeouts = { connect: 60_000, idle: 60_000, total: 60_000 };
    const inputs = fc.record({
      bytes: body,
      encoding: fc.oneof(
        { weight: 8, arbitrary: fc.constant(undefined) },
        fc.constantFrom(...ODD.encodings, 'gzip,'.repeat(1000)),
      ),
    });
    const check = async (input: typeof answer): Promise<boolean> => {
      answer = input;
      try {
        const chunks: Uint8Array[] = [];
        const policy = { access: 'any', configured: [new URL(server.url).origin] } as const;
        for await (const chunk of fetchVerified(`${server.url}file.gz`, file, timeouts, policy))
          chunks.push(chunk);
        expect(Buffer.concat(chunks).equals(CONTENT)).toBe(true);
        return true;
      } catch (error) {
        expectClear(error, ['MirrorError']);
        return /bytes|SHA-256/.test((error as Error).message);
      }
    };
    // A connection for each: of so many in a minute a machine runs out.
    const options = { short: 40, deep: 0.15, part: 0.2, size: ({ bytes }: typeof answer) => bytes.length };
    await fuzz('gzip over HTTP', inputs, check, options);
  });
});
