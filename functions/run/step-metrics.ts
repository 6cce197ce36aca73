/** Writes metrics/{step}.json under the rule that the first writer wins and what is deterministic must agree. */
import { KEYS } from '../contract/keys.ts';
import { type StepMetrics, stepMetrics } from '../schemas/documents.ts';
import { type SplitFigures, splitFigures } from '../schemas/parts.ts';
import { ConflictError } from '../store/errors.ts';
import { canonicalJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { createDocument } from '../store/verified.ts';

/**
 * @returns what is stored: these metrics, or those of an attempt that was here before
 * @throws ConflictError when an earlier attempt found something else at this step: the run isn't deterministic, or
 *   two different runs share an id
 */
export async function writeMetrics(
  store: ObjectStore,
  runId: string,
  metrics: StepMetrics,
): Promise<StepMetrics> {
  const key = KEYS.metrics(runId, metrics.step);
  const existing = await createDocument(store, stepMetrics, key, metrics);
  if (existing === metrics) return metrics;
  const before = deterministicOf(existing);
  for (const [field, own] of Object.entries(deterministicOf(metrics))) {
    const other = before[field as keyof typeof before];
    // An attempt that was cut at another step may have evaluated or saved here where this one did not.
    if (other === null || own === null) continue;
    if (canonicalJson(other) !== canonicalJson(own)) {
      throw new ConflictError(
        `${key}: ${field} is ${canonicalJson(other)}, this attempt found ${canonicalJson(own)}`,
      );
    }
  }
  return existing;
}

function deterministicOf(metrics: StepMetrics) {
  const { step, epoch, loss, checkpoint } = metrics;
  return { step, epoch, loss, ...figuresOf(metrics), checkpoint };
}

const FIGURES = Object.keys(splitFigures) as (keyof SplitFigures)[];
const figures = (of: (name: keyof SplitFigures) => unknown): SplitFigures =>
  Object.fromEntries(FIGURES.map((name) => [name, of(name)])) as unknown as SplitFigures;

/** What stands at a step that was not evaluated. */
export const NOT_EVALUATED: Readonly<SplitFigures> = figures(() => null);

/** These figures, of a document that has others as well. */
export const figuresOf = (document: SplitFigures): SplitFigures => figures((name) => document[name]);

/** Regressions have losses alone, and documents from before losses were measured accuracies alone. */
export const isEvaluated = ({
  testAccuracy,
  testLoss,
}: Pick<SplitFigures, 'testAccuracy' | 'testLoss'>): boolean => testAccuracy !== null || testLoss !== null;
