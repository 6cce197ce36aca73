/** The last line of `npm test`: how many tests were skipped, and what for. */
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import './needs.ts';

/** What the test, or the nearest group that it is in, was skipped for. */
function reasonOf(test: TestCase): string {
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== 'module'; at = at.parent) {
    const { needs } = at.meta();
    if (needs !== undefined) return needs;
  }
  return 'no reason given';
}

/** @param isSelected whether a pattern of names chose among the tests: those it left out aren't spoken of */
export function skippedLine(modules: readonly TestModule[], isSelected: boolean): string {
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const reason = reasonOf(test);
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  if (isSelected) counts.delete('no reason given');
  if (counts.size === 0) return 'skipped: nothing';
  return `skipped: ${[...counts].map(([reason, count]) => `${count} (${reason})`).join(', ')}`;
}

export class SkippedReporter implements Reporter {
  #vitest!: Vitest;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const isSelected = this.#vitest.config.testNamePattern !== undefined;
    this.#vitest.logger.log(skippedLine(modules, isSelected));
  }
}
