/** Pieces of pickles, as Latin-1 text, which tests put together rightly and wrongly. */

/** Opcodes and their arguments. */
export const latin1 = (...parts: string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(parts.join(''), 'latin1'));
export const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`;
export const global = (module: string, name: string) => `${short(module)}${short(name)}\x93`;

export const DTYPE = `${global('numpy', 'dtype')}${short('f4')}\x89\x88\x87R(K\x03${short('<')}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb`;
export const DATA = 'C\x04\0\0\x80?';
export const EMPTY_ARRAY = `${global('numpy.core.multiarray', '_reconstruct')}${global('numpy', 'ndarray')}K\0\x85C\x01b\x87R`;
/** One float32, 1, as protocol 4 has it. */
export const ARRAY = `${EMPTY_ARRAY}(K\x01K\x01\x85${DTYPE}\x89${DATA}tb`;
