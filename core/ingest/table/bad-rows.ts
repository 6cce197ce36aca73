/** Counts the rows of a split that are left out, and ends the reading when they are more than is allowed. */
import { DatasetError } from '../../errors.ts';

/** Reports that are kept: enough to see what is wrong. */
const MAX_REPORTS = 5;

export class BadRows {
  count = 0;
  /** The first ones: file, line, column, value and what was expected. */
  readonly reports: string[] = [];
  readonly #max: number;

  constructor(max = 0) {
    this.#max = max;
  }

  /** @throws DatasetError with the first reports when this is one more than is allowed */
  add(report: string): void {
    this.count++;
    if (this.reports.length < MAX_REPORTS) this.reports.push(report);
    if (this.count <= this.#max) return;
    if (this.#max === 0) throw new DatasetError(report);
    throw new DatasetError(`more than ${this.#max} bad rows; the first: ${this.reports.join('; ')}`);
  }
}
