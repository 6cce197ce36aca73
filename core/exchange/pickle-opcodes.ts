/** The opcodes of pickle protocols 0 to 5, named as in CPython's Lib/pickletools.py. */

/** Those that a dict of arrays is made of. */
export const OPCODE = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  INT: 0x49,
  BININT: 0x4a,
  BININT1: 0x4b,
  LONG: 0x4c,
  BININT2: 0x4d,
  NONE: 0x4e,
  REDUCE: 0x52,
  UNICODE: 0x56,
  BINUNICODE: 0x58,
  BUILD: 0x62,
  GLOBAL: 0x63,
  DICT: 0x64,
  GET: 0x67,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  PUT: 0x70,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINBYTES8: 0x8e,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
  BYTEARRAY8: 0x96,
} as const;

/** Those that are refused, for the error that names them. */
const REFUSED = {
  POP: 0x30,
  POP_MARK: 0x31,
  DUP: 0x32,
  FLOAT: 0x46,
  BINFLOAT: 0x47,
  PERSID: 0x50,
  BINPERSID: 0x51,
  // Byte strings of Python 2.
  STRING: 0x53,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  APPENDS: 0x65,
  INST: 0x69,
  LIST: 0x6c,
  OBJ: 0x6f,
  NEWOBJ: 0x81,
  EXT1: 0x82,
  EXT2: 0x83,
  EXT4: 0x84,
  LONG4: 0x8b,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  NEWOBJ_EX: 0x92,
  NEXT_BUFFER: 0x97,
  READONLY_BUFFER: 0x98,
} as const;

/** `0x5d (EMPTY_LIST)`. */
export function describeOpcode(opcode: number): string {
  const name = Object.entries({ ...OPCODE, ...REFUSED }).find(([, code]) => code === opcode)?.[0];
  return `0x${opcode.toString(16).padStart(2, '0')} (${name ?? 'unknown'})`;
}
