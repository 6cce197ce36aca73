/** Hands out pieces of a WebAssembly memory and takes them back when they are freed, or their owners are garbage. */
import { Memory, type WasmMemory } from './webassembly.ts';

const PAGE_BYTES = 65_536;
/** A cache line, and more than any vector needs. */
const ALIGNMENT = 64;
/** Pages that a memory may grow to: 4 GiB is what 32-bit addresses reach. */
export const MAX_PAGES = 65_535;
export const MAX_MEMORY_BYTES = MAX_PAGES * PAGE_BYTES;

/** What a piece of so many bytes takes. */
export const alignedBytes = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

export interface Views {
  u8: Uint8Array;
  u32: Uint32Array;
  i32: Int32Array;
  f32: Float32Array;
}

interface Piece {
  address: number;
  bytes: number;
}

export class KernelMemory {
  readonly memory: WasmMemory;
  #views: Views;
  /** What was taken back, sorted by address; no two of these touch. */
  #free: Piece[] = [];
  /** Everything from here on has never been handed out, and is zero. Address 0 stays unused: it means "none". */
  #end = ALIGNMENT;
  #owners = new FinalizationRegistry<Piece>((piece) => this.#release(piece));
  #pieces = new WeakMap<object, Piece[]>();

  constructor(shared: boolean) {
    this.memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.#views = viewsOf(this.memory);
  }

  /** Views of the whole memory; not to be kept across an `allocate`, which may grow it. */
  get views(): Views {
    return this.#views;
  }

  /**
   * Zeroed bytes, aligned to 64. They are taken back some time after `owner` is garbage, but never while the calling
   * code runs on without giving way to the event loop: until then no garbage is reported.
   *
   * @throws RangeError when the memory can't grow any more
   */
  allocate(bytes: number, owner: object): number {
    const wanted = alignedBytes(bytes);
    const address = this.#takeFree(wanted) ?? this.#takeFromEnd(wanted);
    const piece = { address, bytes: wanted };
    this.#owners.register(owner, piece, owner);
    this.#pieces.set(owner, [...(this.#pieces.get(owner) ?? []), piece]);
    return address;
  }

  /** Takes back at once what the owner has, which it does not use any more. */
  free(owner: object): void {
    this.#owners.unregister(owner);
    for (const piece of this.#pieces.get(owner) ?? []) this.#release(piece);
    this.#pieces.delete(owner);
  }

  #takeFree(bytes: number): number | undefined {
    const index = this.#free.findIndex((piece) => piece.bytes >= bytes);
    const piece = this.#free[index];
    if (piece === undefined) return undefined;
    const { address } = piece;
    if (piece.bytes === bytes) this.#free.splice(index, 1);
    else this.#free[index] = { address: address + bytes, bytes: piece.bytes - bytes };
    this.#views.u8.fill(0, address, address + bytes);
    return address;
  }

  #takeFromEnd(bytes: number): number {
    // A free piece that ends there is too small, but a beginning.
    const last = this.#free.at(-1);
    const address = last !== undefined && last.address + last.bytes === this.#end ? last.address : this.#end;
    this.#grow(address + bytes);
    if (address < this.#end) this.#free.pop();
    this.#views.u8.fill(0, address, this.#end);
    this.#end = address + bytes;
    return address;
  }

  #grow(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      throw new RangeError(
        `kernels' memory: ${missing} bytes more than ${this.memory.buffer.byteLength} are not to be had; ` +
          'networks that are no longer in use give theirs back when the event loop turns',
        { cause },
      );
    }
    this.#views = viewsOf(this.memory);
  }

  /** Puts a piece back, joined with free neighbours. */
  #release({ address, bytes }: Piece): void {
    const free = this.#free;
    const index = free.findLastIndex((piece) => piece.address < address) + 1;
    const before = free[index - 1];
    const after = free[index];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    const begin = joinsBefore ? before.address : address;
    const end = joinsAfter ? after.address + after.bytes : address + bytes;
    const from = joinsBefore ? index - 1 : index;
    const count = (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0);
    free.splice(from, count, { address: begin, bytes: end - begin });
  }
}

function viewsOf({ buffer }: WasmMemory): Views {
  return {
    u8: new Uint8Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
  };
}
