/** Hands out pieces of a WebAssembly memory and takes them back when their owners are garbage. */
import { Memory, type WasmMemory } from './webassembly.ts';

const PAGE_BYTES = 65_536;
/** A cache line, and more than any vector needs. */
const ALIGNMENT = 64;
/** Pages that a memory may grow to: 4 GiB is what 32-bit addresses reach. */
export const MAX_PAGES = 65_535;

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
  #free: Piece[] = [];
  /** Everything from here on has never been handed out. Address 0 stays unused: it means "none". */
  #end = ALIGNMENT;
  #owners = new FinalizationRegistry<Piece>((piece) => this.#release(piece));

  constructor(shared: boolean) {
    this.memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.#views = viewsOf(this.memory);
  }

  /** Views of the whole memory; not to be kept across an `allocate`, which may grow it. */
  get views(): Views {
    return this.#views;
  }

  /**
   * Zeroed bytes, aligned to 64, that are taken back some time after `owner` is garbage.
   *
   * @throws RangeError when the memory can't grow any more
   */
  allocate(bytes: number, owner: object): number {
    const wanted = Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    const piece = this.#take(wanted);
    this.#owners.register(owner, piece);
    this.#views.u8.fill(0, piece.address, piece.address + wanted);
    return piece.address;
  }

  #take(bytes: number): Piece {
    const index = this.#free.findIndex((piece) => piece.bytes >= bytes);
    const found = this.#free[index];
    if (found === undefined) {
      const address = this.#end;
      this.#grow(address + bytes);
      this.#end += bytes;
      return { address, bytes };
    }
    this.#free.splice(index, 1);
    if (found.bytes > bytes) this.#release({ address: found.address + bytes, bytes: found.bytes - bytes });
    return { address: found.address, bytes };
  }

  #grow(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#views = viewsOf(this.memory);
  }

  /** Puts a piece back, joined with free neighbours; sorted by address. */
  #release(piece: Piece): void {
    const merged = { ...piece };
    this.#free = this.#free.filter((other) => {
      if (other.address + other.bytes === merged.address) merged.address = other.address;
      else if (merged.address + merged.bytes !== other.address) return true;
      merged.bytes += other.bytes;
      return false;
    });
    this.#free.push(merged);
    this.#free.sort((a, b) => a.address - b.address);
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
