import { expect, it } from 'vitest';
import { ProtobufWriter } from '../../../core/exchange/protobuf.ts';

const hex = (writer: ProtobufWriter): string => Buffer.from(writer.finish()).toString('hex');

it("writes the examples of protobuf.dev's chapter on the encoding", () => {
  expect(hex(new ProtobufWriter().integer(1, 150))).toBe('089601');
  expect(hex(new ProtobufWriter().string(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150)))).toBe('1a03089601');
});

it.each([
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [16_383, 'ff7f'],
  [2 ** 32, '8080808010'],
  [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
])('writes %d as the varint %s', (value, expected) => {
  expect(hex(new ProtobufWriter().integer(1, value))).toBe(`08${expected}`);
});

it('writes field numbers beyond 15 in two bytes', () => {
  expect(hex(new ProtobufWriter().integer(20, 2))).toBe('a00102');
});

it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses %d as an integer', (value) => {
  expect(() => new ProtobufWriter().integer(1, value)).toThrow(RangeError);
});
