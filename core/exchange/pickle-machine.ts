/**
 * The pickle virtual machine (CPython's Lib/pickletools.py documents the opcodes), cut down to what Python 3 writes
 * for dicts, tuples, strings, bytes, numbers and reduced objects in protocols 0 to 5. What a global, a call of it or a
 * state means is pickle-numpy.ts's to say; the machine itself calls nothing.
 */

import { ByteReader, decodeLatin1 } from '../bytes/byte-reader.ts';
import { quote } from '../bytes/quote.ts';
import { decodeUtf8 } from '../bytes/text.ts';
import { IntegrityError } from '../errors.ts';
import type { NumpyObjects, PickleValue } from './pickle-numpy.ts';
import { describeOpcode, OPCODE } from './pickle-opcodes.ts';

const MAX_PROTOCOL = 5;
/** A dict of 32 layers takes some thousand; the bound keeps a hostile file from filling the memory with values. */
const MAX_OPCODES = 100_000;
/** Bytes of the longest integer that is read: an array's size. */
const MAX_LONG_BYTES = 8;
const MARK = Symbol('mark');

/** @throws IntegrityError naming the byte where the program goes wrong or beyond what is allowed */
export function runPickle(bytes: Uint8Array, objects: NumpyObjects): PickleValue {
  const reader = new ByteReader(bytes, 'pickle');
  const stack: (PickleValue | typeof MARK)[] = [];
  const memo = new Map<number, PickleValue>();
  /** Of the present opcode. */
  let at = 0;

  const fail: (what: string, cause?: unknown) => never = (what, cause) => {
    throw new IntegrityError(`pickle: ${what} at byte ${at}`, { cause });
  };
  const push = (value: PickleValue): void => {
    stack.push(value);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    return value === undefined || value === MARK ? fail('nothing left on the stack') : value;
  };
  const popToMark = (): PickleValue[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) fail('no mark on the stack');
    return stack.splice(mark).slice(1) as PickleValue[];
  };
  const tuple = (count: number): void => push(Array.from({ length: count }, pop).reverse());
  const utf8 = (length: number): string => {
    const text = reader.take(length);
    try {
      return decodeUtf8(text);
    } catch (error) {
      return fail('text that is no UTF-8', error);
    }
  };
  const asciiLine = (): string => decodeLatin1(reader.line());
  const integer = (text: string): number => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : fail(`the integer ${text.slice(0, 40)}`);
  };
  const setItems = (items: readonly PickleValue[]): void => {
    const dict = pop();
    if (!(dict instanceof Map)) fail('items for something that is no dict');
    if (items.length % 2 !== 0) fail('a key without its value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== 'string') fail('a key that is no string');
      if (dict.has(key)) fail(`the key ${quote(key)} a second time`);
      dict.set(key, items[i + 1]!);
    }
    push(dict);
  };
  const put = (index: number): void => {
    const value = pop();
    memo.set(index, value);
    push(value);
  };
  const get = (index: number): void => {
    const value = memo.get(index);
    push(value === undefined ? fail(`no memo ${index}`) : value);
  };
  const global = (module: PickleValue, name: PickleValue): void => {
    if (typeof module !== 'string' || typeof name !== 'string') fail('a global whose name is no string');
    push(objects.global(module, name, at));
  };

  const operations: Readonly<Record<number, () => void>> = {
    [OPCODE.PROTO]: () => {
      const protocol = reader.u8();
      if (at !== 0 || protocol > MAX_PROTOCOL)
        fail(`protocol ${protocol}, expected at most ${MAX_PROTOCOL} and first`);
    },
    // The frame's bytes are read as they come.
    [OPCODE.FRAME]: () => {
      const length = reader.u64();
      if (length > reader.remaining) fail(`a frame of ${length} bytes where ${reader.remaining} are left`);
    },
    [OPCODE.NONE]: () => push(null),
    [OPCODE.NEWTRUE]: () => push(true),
    [OPCODE.NEWFALSE]: () => push(false),
    [OPCODE.INT]: () => {
      const text = asciiLine();
      push(text === '01' ? true : text === '00' ? false : integer(text));
    },
    [OPCODE.LONG]: () => push(integer(asciiLine().replace(/L$/, ''))),
    [OPCODE.BININT]: () => push(reader.i32()),
    [OPCODE.BININT1]: () => push(reader.u8()),
    [OPCODE.BININT2]: () => push(reader.u16()),
    [OPCODE.LONG1]: () => push(littleEndian(reader.take(reader.u8())) ?? fail('an integer beyond 2^53')),
    [OPCODE.UNICODE]: () => push(rawUnicodeEscape(asciiLine())),
    [OPCODE.BINUNICODE]: () => push(utf8(reader.u32())),
    [OPCODE.SHORT_BINUNICODE]: () => push(utf8(reader.u8())),
    [OPCODE.BINUNICODE8]: () => push(utf8(reader.u64())),
    [OPCODE.BINBYTES]: () => push(reader.take(reader.u32())),
    [OPCODE.SHORT_BINBYTES]: () => push(reader.take(reader.u8())),
    [OPCODE.BINBYTES8]: () => push(reader.take(reader.u64())),
    [OPCODE.BYTEARRAY8]: () => push(reader.take(reader.u64())),
    [OPCODE.MARK]: () => stack.push(MARK),
    [OPCODE.EMPTY_TUPLE]: () => push([]),
    [OPCODE.TUPLE1]: () => tuple(1),
    [OPCODE.TUPLE2]: () => tuple(2),
    [OPCODE.TUPLE3]: () => tuple(3),
    [OPCODE.TUPLE]: () => push(popToMark()),
    [OPCODE.EMPTY_DICT]: () => push(new Map()),
    [OPCODE.DICT]: () => {
      const items = popToMark();
      push(new Map());
      setItems(items);
    },
    [OPCODE.SETITEM]: () => {
      const value = pop();
      setItems([pop(), value]);
    },
    [OPCODE.SETITEMS]: () => setItems(popToMark()),
    [OPCODE.PUT]: () => put(integer(asciiLine())),
    [OPCODE.BINPUT]: () => put(reader.u8()),
    [OPCODE.LONG_BINPUT]: () => put(reader.u32()),
    [OPCODE.MEMOIZE]: () => put(memo.size),
    [OPCODE.GET]: () => get(integer(asciiLine())),
    [OPCODE.BINGET]: () => get(reader.u8()),
    [OPCODE.LONG_BINGET]: () => get(reader.u32()),
    [OPCODE.GLOBAL]: () => global(asciiLine(), asciiLine()),
    [OPCODE.STACK_GLOBAL]: () => {
      const name = pop();
      global(pop(), name);
    },
    [OPCODE.REDUCE]: () => {
      const args = pop();
      push(objects.reduce(pop(), args, at));
    },
    [OPCODE.BUILD]: () => {
      const state = pop();
      const object = pop();
      objects.build(object, state, at);
      push(object);
    },
  };

  for (let count = 0; count < MAX_OPCODES; count++) {
    at = reader.offset;
    const opcode = reader.u8();
    if (opcode === OPCODE.STOP) {
      const result = pop();
      if (stack.length > 0) fail(`${stack.length} values too many on the stack`);
      if (reader.remaining > 0) fail(`${reader.remaining} bytes after the end`);
      return result;
    }
    const operation = operations[opcode];
    if (operation === undefined) fail(`opcode ${describeOpcode(opcode)}, which no dict of arrays needs,`);
    operation();
  }
  return fail(`more than ${MAX_OPCODES} opcodes`);
}

/** Two's complement; undefined beyond 2^53. */
function littleEndian(bytes: Uint8Array): number | undefined {
  if (bytes.length > MAX_LONG_BYTES) return undefined;
  let value = 0n;
  bytes.forEach((byte, index) => {
    value |= BigInt(byte) << BigInt(8 * index);
  });
  const signed = Number(BigInt.asIntN(8 * bytes.length, value));
  return Number.isSafeInteger(signed) ? signed : undefined;
}

/** Python's raw-unicode-escape codec, of whose escapes pickle writes \uXXXX and \UXXXXXXXX. */
function rawUnicodeEscape(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/g, (_, short, long) =>
    String.fromCodePoint(Number.parseInt(short ?? long, 16)),
  );
}
