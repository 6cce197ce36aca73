/** Safetensors, and the two formats made of it: any bytes are read rightly or refused with an IntegrityError. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DTYPE_BYTES,
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
  tensorOf,
} from '../../core/bytes/safetensors.ts';
import { decodeShard, decodeTargetShard, encodeShard, type Shard } from '../../core/ingest/shard.ts';
import type { Labels } from '../../core/rows/training-rows.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/training/checkpoint.ts';
import { expectClear, fuzz } from './support/fuzz.ts';
import { mutated, oddNumber, oddText } from './support/mutate.ts';

const size = (bytes: Uint8Array) => bytes.length;
const floats = (count: number) => Float32Array.from({ length: count }, (_, k) => (k + 1) / 8);

/** A file with this header and as many bytes of data; the length before the header may be wrong. */
function fileOf(header: string, data: number, lengthError = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, text.length + lengthError)), true);
  bytes.set(text, 8);
  for (let i = 0; i < data; i++) bytes[8 + text.length + i] = i;
  return bytes;
}

/** Entries one after the other, as they should be, of which some fields are then something else. */
const written: fc.Arbitrary<Uint8Array> = fc
  .record({
    entries: fc.array(
      fc.record({
        name: fc.oneof(fc.constantFrom('x', 'y', 'W1', 'b1', '__metadata__'), oddText),
        dtype: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...Object.keys(DTYPE_BYTES)) }, oddText),
        shape: fc.array(fc.nat(4), { maxLength: 4 }),
        wrong: fc.option(
          fc.record(
            { shape: fc.array(oddNumber, { maxLength: 3 }), data_offsets: fc.tuple(oddNumber, oddNumber) },
            { requiredKeys: [] },
          ),
          { freq: 8 },
        ),
        more: fc.option(fc.dictionary(oddText, fc.jsonValue(), { maxKeys: 1 }), { freq: 15 }),
      }),
      { maxLength: 4 },
    ),
    metadata: fc.option(fc.dictionary(oddText, fc.oneof({ weight: 20, arbitrary: oddText }, fc.jsonValue()))),
    more: fc.oneof({ weight: 10, arbitrary: fc.constant(0) }, fc.nat(9)),
    lengthError: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 3 })),
    space: fc.constantFrom('', ' ', '\n\t'),
  })
  .map(({ entries, metadata, more, lengthError, space }) => {
    let at = 0;
    const fields = entries.map(({ name, dtype, shape, wrong, more: extra }) => {
      const width = DTYPE_BYTES[dtype as keyof typeof DTYPE_BYTES] ?? 1;
      const bytes = shape.reduce((product, side) => product * side, Number(width) || 1);
      const entry = { dtype, shape, data_offsets: [at, at + bytes], ...wrong, ...extra };
      at += bytes;
      return `${JSON.stringify(name)}:${space}${JSON.stringify(entry)}`;
    });
    if (metadata !== null) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
    return fileOf(`{${fields.join(`,${space}`)}}${space}`, at + more, lengthError);
  });

const VALID = [
  encodeSafetensors(new Map()),
  encodeSafetensors(
    new Map([
      ['a', tensorOf(floats(6), [2, 3])],
      ['b', tensorOf(Uint8Array.of(1, 2, 3), [3])],
      ['scalar', tensorOf(floats(1), [])],
      ['empty', tensorOf(floats(0), [0, 4])],
    ]),
    new Map([['note', 'ü💩"\\']]),
  ),
  fileOf(`{"x":${'['.repeat(9)}`, 0),
];

/** What a second reader finds, which trusts the header: JSON.parse, and slices. */
function readTrusting(bytes: Uint8Array): Map<string, unknown> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
  const entries = Object.entries<{ dtype: string; shape: number[]; data_offsets: [number, number] }>(header);
  return new Map(
    entries
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [begin, end],
          },
        ]) => [name, { dtype, shape, data: [...bytes.subarray(8 + length + begin, 8 + length + end)] }],
      ),
  );
}

it('safetensors is read as a second reader reads it, or refused', async () => {
  const inputs = fc.oneof({ weight: 3, arbitrary: written }, mutated(VALID));
  const check = (bytes: Uint8Array): boolean => {
    let tensors: ReturnType<typeof decodeSafetensors>['tensors'];
    try {
      ({ tensors } = decodeSafetensors(bytes));
    } catch (error) {
      expectClear(error, ['IntegrityError']);
      return /tensor "|bytes of data/.test((error as Error).message);
    }
    const plain = [...tensors].map(
      ([name, tensor]) => [name, { ...tensor, data: [...tensor.data] }] as const,
    );
    expect(new Map(plain)).toEqual(readTrusting(bytes));
    return true;
  };
  await fuzz('safetensors', inputs, check, { short: 1000, deep: 0.35, size });
});

const CHECKPOINT = {
  step: 12,
  configHash: 'c'.repeat(64),
  loss: 0.5,
  architecture: {
    layers: [3, 2, 2],
    activation: 'relu' as const,
    output: 'softmax' as const,
    loss: 'crossEntropy' as const,
  },
  layers: [
    { weights: floats(6), bias: floats(2) },
    { weights: floats(4), bias: floats(2) },
  ],
  optimizerState: new Map([['velocity.W1', tensorOf(floats(6), [3, 2])]]),
};

describe('checkpoint', () => {
  const metadataOf = fc.record(
    {
      format: fc.constantFrom('stepnet-checkpoint-1', 'stepnet-checkpoint-2', ''),
      step: fc.oneof(fc.constantFrom('0', '1e3', '-1', '0x10', ' 7', '9'.repeat(30), 'NaN', '1.5'), oddText),
      loss: fc.oneof(fc.constantFrom('null', '0.5', 'NaN', 'Infinity', '-Infinity', '1e999'), oddText),
      layers: fc.oneof(
        fc.array(oddNumber, { maxLength: 5 }).map((sizes) => JSON.stringify(sizes)),
        fc.constantFrom('[3,2,2]', '[3,2]', '[3]', '[]', `[3${',2'.repeat(3000)}]`, `[${'9'.repeat(400)},2]`),
        oddText,
      ),
      activation: fc.oneof(fc.constantFrom('relu', 'toString', '__proto__'), oddText),
      output: fc.constantFrom('softmax', 'identity', 'relu'),
      lossFunction: fc.constantFrom('crossEntropy', 'constructor'),
    },
    { requiredKeys: [] },
  );
  const valid = encodeCheckpoint(CHECKPOINT);
  const tensor = fc.oneof(
    fc.array(fc.nat(4), { maxLength: 3 }).map((shape) => {
      const values = floats(shape.reduce((product, side) => product * side, 1));
      return tensorOf(values, shape);
    }),
    fc
      .constantFrom(Number.NaN, Number.POSITIVE_INFINITY)
      .map((value) => tensorOf(Float32Array.of(value, 1), [2])),
    fc.constant(tensorOf(Uint8Array.of(1, 2), [2])),
  );
  const written = fc
    .tuple(metadataOf, fc.dictionary(fc.constantFrom('W1', 'b1', 'W2', 'b2', 'W3', 'x'), tensor))
    .map(([changed, tensors]) => {
      const own = decodeSafetensors(valid);
      for (const [name, value] of Object.entries(tensors)) own.tensors.set(name, value);
      for (const [key, value] of Object.entries(changed)) own.metadata.set(key, value);
      return encodeSafetensors(own.tensors, own.metadata);
    });

  it('is read and written again as it was, or refused', async () => {
    const check = (bytes: Uint8Array): boolean => {
      let checkpoint: ReturnType<typeof decodeCheckpoint>;
      try {
        checkpoint = decodeCheckpoint(bytes);
      } catch (error) {
        expectClear(error, ['IntegrityError']);
        return (error as Error).message.startsWith('checkpoint: ');
      }
      expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint);
      return true;
    };
    const inputs = fc.oneof(written, mutated([valid]));
    await fuzz('checkpoint', inputs, check, { short: 500, deep: 0.4, size });
  });
});

describe('shard', () => {
  const CLASSES = 3;
  const valid = [
    encodeShard(
      Uint8Array.from({ length: 12 }, (_, i) => i),
      Uint8Array.of(0, 1, 2),
      CLASSES,
    ),
    encodeShard(floats(12), Uint16Array.of(0, 1, 2), CLASSES),
    encodeShard(
      {
        rows: 2,
        columns: 5,
        pointers: Uint32Array.of(0, 2, 3),
        indices: Uint32Array.of(0, 4, 1),
        values: floats(3),
      },
      Uint32Array.of(2, 0),
      CLASSES,
    ),
    encodeShard(floats(4), floats(6), 3),
  ];
  const count = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
  const side = fc.array(fc.nat(4), { maxLength: 3 });
  const tensor: fc.Arbitrary<Tensor> = fc.oneof(
    fc.tuple(side, fc.nat(4)).map(([shape, most]) =>
      tensorOf(
        Uint8Array.from({ length: count(shape) }, (_, i) => i % (most + 1)),
        shape,
      ),
    ),
    side.map((shape) => tensorOf(floats(count(shape)), shape)),
    fc.array(fc.oneof(fc.nat(4), fc.constantFrom(0xffff_ffff, 1 << 30)), { maxLength: 5 }).map((values) => ({
      dtype: 'U32' as const,
      shape: [values.length],
      data: new Uint8Array(Uint32Array.from(values).buffer),
    })),
  );
  const changed = fc
    .tuple(
      fc.constantFrom(...valid),
      fc.dictionary(fc.constantFrom('x', 'y', 'pointers', 'indices', 'values', 'z'), tensor, { maxKeys: 2 }),
      fc.option(fc.oneof(fc.constantFrom('0', '5', '1e3', '2147483649', '-1'), oddText), { freq: 3 }),
    )
    .map(([file, tensors, columns]) => {
      const own = decodeSafetensors(file);
      for (const [name, value] of Object.entries(tensors)) own.tensors.set(name, value);
      if (columns !== null) own.metadata.set('columns', columns);
      return encodeSafetensors(own.tensors, own.metadata);
    });

  it.each([
    ['labels', decodeShard],
    ['targets', decodeTargetShard],
  ] as const)('with %s has rows that can be trained on, or is refused', async (outputs, decode) => {
    const check = (bytes: Uint8Array): boolean => {
      let shard: Shard<Labels | Float32Array>;
      try {
        shard = decode(bytes, CLASSES);
      } catch (error) {
        expectClear(error, ['IntegrityError', 'DatasetError']);
        return /^(shard|label)/.test((error as Error).message);
      }
      const { rows, columns, x, y } = shard;
      if ('pointers' in x) {
        expect(x.pointers[rows]).toBe(x.values.length);
        expect(x.indices.every((column) => column < columns)).toBe(true);
      } else expect(x.length).toBe(rows * columns);
      if (outputs === 'targets') expect(y.length).toBe(rows * CLASSES);
      else {
        expect(y.length).toBe(rows);
        expect(y.every((label) => label < CLASSES)).toBe(true);
      }
      return true;
    };
    const inputs = fc.oneof(changed, mutated(valid));
    await fuzz(`shard of ${outputs}`, inputs, check, { short: 300, deep: 0.4, size });
  });
});
