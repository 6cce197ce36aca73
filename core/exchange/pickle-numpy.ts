/**
 * What NumPy's arrays look like in a pickle (numpy/core/src/multiarray/methods.c, array_reduce; descriptor.c,
 * arraydescr_reduce; numpy/core/numeric.py, _frombuffer): the only globals known here, the only calls of them and the
 * only states.
 */

import { quote, shorten } from '../bytes/quote.ts';
import { IntegrityError } from '../errors.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PickleValue[]
  | Map<string, PickleValue>
  | PickledGlobal
  | PickledDtype
  | PickledArray;

/** The name of an importable object, `module.name`; never imported. */
export class PickledGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** numpy.dtype. */
export class PickledDtype {
  /** Kind and size, as `f4`. */
  readonly code: string;
  /** `<`, `>`, `=` or `|`; set by its state. */
  byteOrder: string | undefined;

  constructor(code: string) {
    this.code = code;
  }
}

export interface ArrayContent {
  dtype: PickledDtype;
  shape: readonly number[];
  /** Column-major. */
  fortranOrder: boolean;
  data: Uint8Array;
}

/** numpy.ndarray: empty when it is made, then filled by its state. */
export class PickledArray {
  content: ArrayContent | undefined;

  constructor(content?: ArrayContent) {
    this.content = content;
  }
}

/** NumPy 2 has renamed numpy.core to numpy._core. */
const RECONSTRUCT = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];
/** In protocol 5. */
const FROM_BUFFER = ['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer'];
/** How bytes stand in protocols 0 to 2. */
const ENCODE = '_codecs.encode';
const NDARRAY = 'numpy.ndarray';
const DTYPE = 'numpy.dtype';
const ALLOWED = new Set([...RECONSTRUCT, ...FROM_BUFFER, ENCODE, NDARRAY, DTYPE]);

const ARRAY_STATE_VERSION = 1;
/** After version and byte order: no subarray, names or fields, sizes as the kind has them, no flags. */
const PLAIN_DTYPE_STATE = [null, null, null, -1, -1, 0];
const DTYPE_STATE_VERSION = 3;

/** What a global, a call of it or a state means to the machine; each throws IntegrityError for what isn't allowed. */
export class NumpyObjects {
  /** Bytes that may still be made; see spend. */
  #budget: number;

  /** @param fileBytes size of the pickle */
  constructor(fileBytes: number) {
    // Each byte of the file can become a byte once, and a byte of an array once.
    this.#budget = 2 * fileBytes;
  }

  global(module: string, name: string, at: number): PickledGlobal {
    const full = `${module}.${name}`;
    if (!ALLOWED.has(full)) {
      fail(
        `global ${shorten(full)}`,
        at,
        `not allowed: nothing is ever run; known are ${[...ALLOWED].join(', ')}`,
      );
    }
    return new PickledGlobal(full);
  }

  /** What `callable(*args)` gives. */
  reduce(callable: PickleValue, args: PickleValue, at: number): PickleValue {
    const name = callable instanceof PickledGlobal ? callable.name : undefined;
    if (name === undefined || !Array.isArray(args))
      return fail('a call', at, 'not of a known global with arguments');
    if (name === ENCODE) return this.#encode(args, at);
    if (name === DTYPE) return dtype(args, at);
    if (RECONSTRUCT.includes(name)) return reconstruct(args, at);
    if (FROM_BUFFER.includes(name)) return fromBuffer(args, at);
    return fail(`a call of ${name}`, at, 'which no dict of arrays needs');
  }

  /** Sets an object's state. */
  build(object: PickleValue, state: PickleValue, at: number): void {
    if (!Array.isArray(state)) fail('a state', at, 'that is no tuple');
    const items = state as readonly PickleValue[];
    if (object instanceof PickledDtype && object.byteOrder === undefined) setDtypeState(object, items, at);
    else if (object instanceof PickledArray && object.content === undefined) setArrayState(object, items, at);
    else fail('a state', at, 'for what has none, or has it already');
  }

  /** An array's content. @throws IntegrityError when it has none, or when one content is used for many arrays */
  contentOf(array: PickledArray, name: string): Omit<ArrayContent, 'dtype'> & { dtype: string } {
    const { content } = array;
    const order = content?.dtype.byteOrder;
    if (content === undefined || order === undefined) {
      throw new IntegrityError(`pickle: the array ${quote(name)} has no content`);
    }
    this.#spend(content.data.length);
    return { ...content, dtype: `${order}${content.dtype.code}` };
  }

  /** Bounds what a file can grow to by naming the same bytes again and again. */
  #spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0) throw new IntegrityError('pickle: its values are larger than the file');
  }

  /** `_codecs.encode(text, 'latin1')`: the bytes that the text's characters stand for. */
  #encode(args: readonly PickleValue[], at: number): Uint8Array {
    const [text, encoding] = args;
    if (args.length !== 2 || typeof text !== 'string' || encoding !== 'latin1') {
      return fail(`a call of ${ENCODE}`, at, "not with a text and 'latin1'");
    }
    this.#spend(text.length);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) fail(`a call of ${ENCODE}`, at, `with the character ${unit}, which is not in Latin-1`);
      bytes[i] = unit;
    }
    return bytes;
  }
}

function fail(what: string, at: number, problem: string): never {
  throw new IntegrityError(`pickle: ${what} at byte ${at}, ${problem}`);
}

/** `dtype('f4', False, True)`: the alignment and copy flags have no meaning here. */
function dtype(args: readonly PickleValue[], at: number): PickledDtype {
  const [code, align, copy] = args;
  if (args.length !== 3 || typeof code !== 'string' || !isFlag(align) || !isFlag(copy)) {
    return fail(`a call of ${DTYPE}`, at, 'not with a type and two flags');
  }
  return new PickledDtype(code);
}

const isFlag = (value: PickleValue | undefined): boolean =>
  typeof value === 'boolean' || value === 0 || value === 1;

/** `(3, '<', None, None, None, -1, -1, 0)`. */
function setDtypeState(target: PickledDtype, state: readonly PickleValue[], at: number): void {
  const [version, byteOrder, ...rest] = state;
  const plain =
    rest.length === PLAIN_DTYPE_STATE.length && rest.every((part, i) => part === PLAIN_DTYPE_STATE[i]);
  if (version !== DTYPE_STATE_VERSION || typeof byteOrder !== 'string' || !plain) {
    fail(`the state of dtype ${shorten(target.code)}`, at, 'not that of plain numbers');
  }
  target.byteOrder = byteOrder as string;
}

/** `_reconstruct(ndarray, (0,), b'b')`: an array to be filled. */
function reconstruct(args: readonly PickleValue[], at: number): PickledArray {
  const [type, shape, code] = args;
  const plain =
    args.length === 3 &&
    type instanceof PickledGlobal &&
    type.name === NDARRAY &&
    Array.isArray(shape) &&
    shape.length === 1 &&
    shape[0] === 0 &&
    code instanceof Uint8Array;
  return plain ? new PickledArray() : fail('a call of _reconstruct', at, "not with ndarray, (0,) and b'b'");
}

/** `(1, shape, dtype, fortranOrder, data)`. */
function setArrayState(target: PickledArray, state: readonly PickleValue[], at: number): void {
  const [version, shape, type, fortranOrder, data] = state;
  if (state.length !== 5 || version !== ARRAY_STATE_VERSION || typeof fortranOrder !== 'boolean') {
    fail('the state of an array', at, 'not (1, shape, dtype, order, data)');
  }
  target.content = content(shape, type, fortranOrder, data, at);
}

/** `_frombuffer(data, dtype, shape, 'C' or 'F')`. */
function fromBuffer(args: readonly PickleValue[], at: number): PickledArray {
  const [data, type, shape, order] = args;
  if (args.length !== 4 || (order !== 'C' && order !== 'F')) {
    return fail('a call of _frombuffer', at, "not with data, dtype, shape and 'C' or 'F'");
  }
  return new PickledArray(content(shape, type, order === 'F', data, at));
}

function content(
  shape: PickleValue | undefined,
  type: PickleValue | undefined,
  fortranOrder: boolean,
  data: PickleValue | undefined,
  at: number,
): ArrayContent {
  if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) {
    return fail('an array', at, 'whose shape is no tuple of sizes');
  }
  if (!(type instanceof PickledDtype)) return fail('an array', at, 'whose dtype is none');
  if (!(data instanceof Uint8Array)) {
    return fail('an array', at, `of dtype ${shorten(type.code)} whose data is no bytes; expected f4 or f8`);
  }
  return { dtype: type, shape: shape as number[], fortranOrder, data };
}
