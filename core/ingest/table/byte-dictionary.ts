/** Numbers the distinct byte strings it is given, without making strings of them: a hash table with open addressing. */
import { decodeUtf8, encodeUtf8 } from '../../bytes/text.ts';

const FIRST_SLOTS = 64;

export class ByteDictionary {
  readonly #entries: Uint8Array[] = [];
  /** Number of the entry + 1, 0 where none is; a power of two, at most half full. */
  #slots = new Uint32Array(FIRST_SLOTS);

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.add(encodeUtf8(text));
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Number of the string bytes[start … end - 1], -1 when it is not there. */
  find(bytes: Uint8Array, start = 0, end = bytes.length): number {
    return this.#slots[this.#slotOf(bytes, start, end)]! - 1;
  }

  /** The same, but puts it there; a copy of the bytes is kept. */
  add(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const slot = this.#slotOf(bytes, start, end);
    const found = this.#slots[slot]! - 1;
    if (found >= 0) return found;
    this.#entries.push(new Uint8Array(bytes.subarray(start, end)));
    this.#slots[slot] = this.#entries.length;
    if (this.#entries.length * 2 > this.#slots.length) this.#grow();
    return this.#entries.length - 1;
  }

  /** Their texts in the order of their bytes, which is that of their code points. @throws TypeError for no UTF-8 */
  sorted(): string[] {
    return this.#entries.toSorted(compareBytes).map(decodeUtf8);
  }

  /** Where the string is, or would be. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, start, end) & mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0 || isEqual(this.#entries[entry - 1]!, bytes, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    this.#entries.forEach((entry, index) => {
      this.#slots[this.#slotOf(entry, 0, entry.length)] = index + 1;
    });
  }
}

/** 32-bit FNV-1a (G. Fowler, L. Noll, K.-P. Vo), its high bits folded in. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c_9dc5;
  for (let at = start; at < end; at++) value = Math.imul(value ^ bytes[at]!, 0x0100_0193);
  return value ^ (value >>> 15);
}

function isEqual(entry: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (entry.length !== end - start) return false;
  for (let at = 0; at < entry.length; at++) if (entry[at] !== bytes[start + at]) return false;
  return true;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
