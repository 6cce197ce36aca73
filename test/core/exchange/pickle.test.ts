import { expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { decodePickle } from '../../../core/exchange/pickle.ts';
import { fixture, fixtures, offsetOf, patched, WEIGHTS } from './fixtures.ts';
import { ARRAY, DATA, DTYPE, EMPTY_ARRAY, global, latin1 as pickle, short } from './pickle-pieces.ts';

const BUFFER = `${global('numpy.core.numeric', '_frombuffer')}(${DATA}${DTYPE}K\x01\x85${short('C')}tR`;
const dict = (...items: string[]) => pickle('\x80\x04}(', ...items, 'u.');
/** What has one value, "a". */
const valued = (...parts: string[]) => dict(short('a'), ...parts);

it.each(fixtures(/^numpy\d.*\.pkl$/))('reads %s as NumPy wrote it', (name) => {
  const arrays = decodePickle(fixture(name));
  expect(arrays).toEqual(WEIGHTS);
  expect([...arrays.keys()]).toEqual([...WEIGHTS.keys()]);
});

it('reads the pieces that the tests below are made of', () => {
  const one = { shape: [1], values: Float32Array.of(1) };
  expect(decodePickle(dict(short('a'), ARRAY, short('b'), BUFFER))).toEqual(
    new Map([
      ['a', one],
      ['b', one],
    ]),
  );
  expect(decodePickle(dict())).toEqual(new Map());
});

it('takes every character of a key for what it is, a byte order mark too', () => {
  const key = '\u{feff}a\\\n\u{10ffff}';
  const utf8 = Buffer.from(key).toString('latin1');
  expect([...decodePickle(dict(short(utf8), ARRAY)).keys()]).toEqual([key]);
  const raw = 'V\ufeffa\\u005c\\u000a\\U0010ffff\n'.replace('\ufeff', '\\ufeff');
  expect([...decodePickle(dict(raw, ARRAY)).keys()]).toEqual([key]);
});

it.each([
  ['os-system-protocol0.pkl', 'posix.system'],
  ['os-system-protocol2.pkl', 'posix.system'],
  ['os-system-protocol4.pkl', 'posix.system'],
  ['eval.pkl', 'builtins.eval'],
  ['getattr.pkl', 'builtins.getattr'],
  ['import.pkl', 'builtins.__import__'],
  ['class.pkl', 'pathlib.PurePosixPath'],
  ['numpy-scalar.pkl', 'numpy.core.multiarray.scalar'],
])('refuses %s, naming the global %s', (name, refused) => {
  expect(() => decodePickle(fixture(name))).toThrow(IntegrityError);
  expect(() => decodePickle(fixture(name))).toThrow(`global ${refused} at byte`);
});

const plain = valued(ARRAY);
it.each<[string, Uint8Array, RegExp]>([
  [
    'a call of ndarray itself',
    fixture('ndarray-call.pkl'),
    /call of numpy\.ndarray at byte \d+, which no dict/,
  ],
  ['a list', fixture('list.pkl'), /opcode 0x5d \(EMPTY_LIST\), which no dict of arrays needs, at byte/],
  ['a dict of dicts', fixture('nested.pkl'), /the value of "params" is no NumPy array/],
  ['a number among the arrays', fixture('number.pkl'), /the value of "lr" is no NumPy array/],
  ['an array of objects', fixture('objects.pkl'), /dtype O8|opcode 0x5d \(EMPTY_LIST\)/],
  ['big-endian numbers', fixture('big-endian.pkl'), /"W1": dtype ">f4", expected <f4 or <f8/],
  ['integers', fixture('int64.pkl'), /"W1": dtype "<i8"/],
  ['an empty file', new Uint8Array(0), /1 bytes expected at 0/],
  ['a pickle without an end', plain.slice(0, -1), /bytes expected/],
  ['bytes after the end', pickle(Buffer.from(plain).toString('latin1'), 'x'), /1 bytes after the end/],
  ['an array alone', pickle('\x80\x04', ARRAY, '.'), /it holds no dict/],
  ['protocol 6', pickle('\x80\x06}.'), /protocol 6, expected at most 5/],
  ['a protocol in the middle', pickle('}\x80\x04.'), /protocol 4/],
  ['a frame beyond the file', pickle('\x80\x04\x95\xff\0\0\0\0\0\0\0}.'), /frame of 255 bytes where 2/],
  ['a length beyond 2^53', pickle('\x80\x05\x96\0\0\0\0\0\0\xff\0.'), /beyond 2\^53/],
  ['a length beyond the file', pickle('\x80\x04B\xff\xff\xff\x7f}.'), /2147483647 bytes expected/],
  ['a line without an end', pickle('cos'), /the line at 1 has no end/],
  ['an unknown opcode', pickle('\xff.'), /opcode 0xff \(unknown\)/],
  ['an instance of a class', pickle('(ios\nsystem\n.'), /opcode 0x69 \(INST\)/],
  ['a persistent id', pickle('Pid\n.'), /opcode 0x50 \(PERSID\)/],
  ['an extension', pickle('\x82\x01.'), /opcode 0x82 \(EXT1\)/],
  ['an out-of-band buffer', pickle('\x80\x05\x97.'), /opcode 0x97 \(NEXT_BUFFER\)/],
  ['an empty stack', pickle('.'), /nothing left on the stack at byte 0/],
  ['a missing mark', pickle('u.'), /no mark on the stack/],
  ['a mark for a value', pickle('(.'), /nothing left on the stack/],
  ['two results', pickle('}}.'), /1 values too many/],
  ['a memo that is not there', pickle('h\x07.'), /no memo 7/],
  ['a key without its value', pickle('}(', short('a'), 'u.'), /a key without its value/],
  ['a key that is a number', pickle('}K\x01Ns.'), /a key that is no string/],
  ['a repeated key', valued(ARRAY, short('a'), ARRAY), /the key "a" a second time/],
  ['items of something else', pickle('N(u.'), /items for something that is no dict/],
  ['a global without a name', pickle('NN\x93.'), /a global whose name is no string/],
  ['text that is no UTF-8', dict(short('\xff'), ARRAY), /text that is no UTF-8/],
  ['an integer that is none', pickle('I1x\n.'), /the integer 1x/],
  ['an integer beyond 2^53', pickle(`L${2n ** 60n}L\n.`), /the integer 1152921504606846976/],
  ['a long of 9 bytes', pickle('\x8a\x09', '\0'.repeat(9), '.'), /integer beyond 2\^53/],
  [
    'a call of a text',
    pickle('}(', short('a'), short('f'), ')Ru.'),
    /a call at byte \d+, not of a known global/,
  ],
  ['a call without a tuple', pickle(global('numpy', 'dtype'), 'NR.'), /a call at byte/],
  [
    'another encoding',
    pickle(global('_codecs', 'encode'), short('b'), short('rot13'), '\x86R.'),
    /not with a text and 'latin1'/,
  ],
  [
    'a character beyond Latin-1',
    pickle(global('_codecs', 'encode'), 'V\\u0100\n', short('latin1'), '\x86R.'),
    /the character 256/,
  ],
  ['a subclass of ndarray', valued(ARRAY.replace(short('ndarray'), short('dtype'))), /not with ndarray/],
  ['a state that is no tuple', valued(EMPTY_ARRAY, 'Nb'), /a state at byte \d+, that is no tuple/],
  ['a second state', valued(ARRAY, '(K\x01tb'), /has it already/],
  ['a state of a text', valued(short('x'), ')b'), /a state at byte \d+, for what has none/],
  ['an array without a state', valued(EMPTY_ARRAY), /the array "a" has no content/],
  ['a dtype without a state', valued(BUFFER.replace(/\(K\x03.*?tb/s, '')), /the array "a" has no content/],
  [
    'a dtype of records',
    valued(ARRAY.replace('NNN', `N)N`)),
    /state of dtype f4 .* not that of plain numbers/,
  ],
  ['a dtype that is none', valued(BUFFER.replace(DTYPE, 'N')), /whose dtype is none/],
  ['a shape that is none', valued(BUFFER.replace('K\x01\x85', 'N')), /whose shape is no tuple of sizes/],
  ['a shape of texts', valued(BUFFER.replace('K\x01\x85', `${short('1')}\x85`)), /whose shape/],
  ['a negative size', valued(BUFFER.replace('K\x01\x85', 'J\xff\xff\xff\xff\x85')), /has the size -1/],
  ['another order', valued(BUFFER.replace(short('C'), short('K'))), /_frombuffer at byte/],
  ['data that is text', valued(BUFFER.replace(DATA, short('abcd'))), /whose data is no bytes/],
  [
    'too few bytes for the shape',
    valued(ARRAY.replace('K\x01\x85', 'K\x02\x85')),
    /4 bytes for <f4 \[2\], expected 8/,
  ],
  ['more than 100,000 opcodes', pickle('}'.repeat(100_001)), /more than 100000 opcodes/],
])('refuses %s', (_, bytes, message) => {
  expect(() => decodePickle(bytes)).toThrow(IntegrityError);
  expect(() => decodePickle(bytes)).toThrow(message);
});

it('refuses a file whose arrays name the same bytes until they are larger than it', () => {
  const data = `B\0\x40\0\0${'\0'.repeat(0x4000)}q\x01`;
  const buffer = (bytes: string) =>
    `${global('numpy.core.numeric', '_frombuffer')}(${bytes}${DTYPE}M\0\x10\x85${short('C')}tR`;
  const many = (count: number) =>
    dict(...Array.from({ length: count }, (_, k) => short(`a${k}`) + buffer(k === 0 ? data : 'h\x01')));
  expect(decodePickle(many(2)).size).toBe(2);
  expect(() => decodePickle(many(100))).toThrow(/its values are larger than the file/);
  const text = `X\0\x40\0\0${'a'.repeat(0x4000)}q\x01`;
  const encode = (value: string) => `${global('_codecs', 'encode')}${value}${short('latin1')}\x86R`;
  const texts = valued(encode(text), ...Array(100).fill(`${short('a')}${encode('h\x01')}`));
  expect(() => decodePickle(texts)).toThrow(/its values are larger than the file/);
});

it('never takes an allowed name from another module', () => {
  const bytes = fixture('numpy1-protocol4.pkl');
  const at = offsetOf(bytes, 'numpy.core.multiarray');
  const moved = patched(bytes, at, Buffer.from('numpy.core.multiarraz'));
  expect(() => decodePickle(moved)).toThrow(
    /global numpy\.core\.multiarraz\._reconstruct at byte \d+, not allowed/,
  );
});
