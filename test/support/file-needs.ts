import { beforeEach } from 'vitest';
import './needs.ts';

/** What `needs` does for a test, for all tests of a file, called at its top; what it does before all of them goes on. */
export function fileNeeds(isThere: boolean, missing: string): void {
  beforeEach(({ task, skip }) => {
    if (isThere) return;
    task.meta.needs = missing;
    skip();
  });
}
