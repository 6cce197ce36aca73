/** Gives the pages that deleted bytes have left back to the disk, slice by slice: the file shrinks from its end. */
import type { DatabaseSync } from 'node:sqlite';
import type { Sliced } from './background.ts';

/** Free pages that are kept for the next objects, which would otherwise make the file grow again at once. */
const KEPT_PAGES = 512;
/** Pages that a slice moves from the end of the file to where there is room. */
const SLICE_PAGES = 128;

export class Vacuum {
  readonly #sql: DatabaseSync;
  readonly #free;
  #isRunning = false;

  constructor(sql: DatabaseSync) {
    this.#sql = sql;
    this.#free = sql.prepare('PRAGMA freelist_count');
  }

  *run(): Sliced {
    // One at a time will do: it goes on until no more than the kept pages are free.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#spare() > 0) {
        const before = this.#spare();
        this.#sql.exec(`PRAGMA incremental_vacuum(${Math.min(before, SLICE_PAGES)})`);
        yield;
        // A file of an older program that could not be made over gives nothing back.
        if (this.#spare() >= before) return;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #spare(): number {
    return Number(this.#free.get()?.freelist_count) - KEPT_PAGES;
  }
}
