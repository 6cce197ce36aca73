/** What the table of runs knows of each: from the list, and more where the run was looked at. */
import { describeLayers } from '../../../../core/network/describe-layers.ts';
import type { LayerSpecs } from '../../../../core/network/layers.ts';
import { pointsOf } from '../../../plots/run-plots.ts';
import type { RunStatus } from '../../../schemas/documents.ts';
import type { RunDetail, Runs } from './api.ts';
import type { Values } from './schema-form.ts';

type Figure = 'trainAccuracy' | 'testAccuracy' | 'trainLoss' | 'testLoss' | 'testCost' | 'loss';

export interface RunRow {
  runId: string;
  status: RunStatus | null;
  /** Starting, running, importing, stopped, succeeded or failed. */
  state: string;
  settings: Readonly<Record<string, unknown>>;
  /** Of its newest evaluation. */
  figures: Readonly<Partial<Record<Figure, number | undefined>>>;
  epoch: number | undefined;
  /** That it will have. */
  epochs: number | undefined;
  imagesPerSecond: number | undefined;
  dollars: number | undefined;
  /** Since its first start, up to its end. */
  elapsed: number | undefined;
  /** Until it has trained its last step, if it goes on as it went so far; undefined where that is not known. */
  left: number | undefined;
}

export const isUnderWay = (status: RunStatus | null): boolean =>
  status === null || (status.state === 'running' && status.stoppedAt === undefined);

export function rowOf({ runId, status }: Runs[number], detail: RunDetail | undefined, now: number): RunRow {
  const metrics = detail?.metrics ?? [];
  const last = (figure: Figure) =>
    metrics.length > 0 ? pointsOf(metrics, figure).at(-1)?.[1] : (status?.figures?.[figure] ?? undefined);
  const config = detail?.config ?? undefined;
  const elapsed = status === null ? undefined : secondsOf(status, now);
  const settings = config?.config ?? status?.settings ?? {};
  return {
    runId,
    status,
    state: stateOf(status),
    settings: { ...settings, dataset: nameOf(settings.dataset) },
    figures: {
      trainAccuracy: last('trainAccuracy'),
      testAccuracy: last('testAccuracy'),
      trainLoss: last('trainLoss'),
      testLoss: last('testLoss'),
      testCost: last('testCost'),
      loss: last('loss'),
    },
    epoch: metrics.at(-1)?.epoch ?? status?.figures?.epoch,
    epochs: config === undefined ? undefined : config.totalSteps / config.stepsPerEpoch,
    imagesPerSecond: metrics.findLast(({ timing }) => timing.imagesPerSecond > 0)?.timing.imagesPerSecond,
    dollars: metrics.at(-1)?.timing.runDollars ?? status?.figures?.dollars,
    elapsed,
    left: isUnderWay(status) ? secondsLeft(elapsed, metrics.at(-1)?.step, config?.totalSteps) : undefined,
  };
}

/** An import is a run of no steps. */
function stateOf(status: RunStatus | null): string {
  if (status === null) return 'starting';
  if (status.state === 'running' && status.stoppedAt !== undefined) return 'stopped';
  return status.state === 'running' && status.totalSteps === 0 ? 'importing' : status.state;
}

/** A declaration of files has one, too. */
const nameOf = (dataset: unknown) =>
  typeof dataset === 'object' && dataset !== null ? (dataset as { name?: unknown }).name : dataset;

function secondsOf(status: RunStatus, now: number): number {
  const { startedAt, updatedAt } = status;
  const end = isUnderWay(status) ? now : Date.parse(updatedAt);
  return Math.max(0, end - Date.parse(startedAt)) / 1000;
}

function secondsLeft(elapsed?: number, step?: number, total?: number): number | undefined {
  if (elapsed === undefined || step === undefined || total === undefined || step === 0) return undefined;
  return (elapsed / step) * (total - step);
}

/** Names of the settings that are not the same in all of these runs, in the order in which they first come. */
export function differingSettings(rows: readonly RunRow[]): string[] {
  const known = rows.filter(({ settings }) => Object.keys(settings).length > 1);
  const names = new Set(known.flatMap(({ settings }) => Object.keys(settings)));
  return [...names].filter(
    (name) => new Set(known.map(({ settings }) => JSON.stringify(settings[name]) ?? '')).size > 1,
  );
}

/** Of each dataset with several runs to compare, the run that is best on its test set. */
export function bestRuns(rows: readonly RunRow[]): Set<string> {
  const best = new Set<string>();
  for (const group of Map.groupBy(rows, ({ settings }) => settings.dataset).values()) {
    const hasAccuracy = group.some(({ figures }) => figures.testAccuracy !== undefined);
    const score = ({ figures }: RunRow) => (hasAccuracy ? figures.testAccuracy : negated(figures.testLoss));
    const scored = group.filter((row) => score(row) !== undefined);
    const [first, ...others] = scored;
    if (first === undefined || others.length === 0) continue;
    best.add(others.reduce((leading, row) => (score(row)! > score(leading)! ? row : leading), first).runId);
  }
  return best;
}

const negated = (value: number | undefined) => (value === undefined ? undefined : -value);

/** A run's config as somebody gives one: the dataset says the sizes of the first and last layer, epochs the steps. */
export function givenConfig(config: Values): Values {
  const { layers, iterations, epochs, ...others } = config;
  const hidden = (layers as unknown[]).slice(1, -1);
  return { hidden, ...others, ...(epochs === undefined ? { iterations } : { epochs }) };
}

/** Whether each word is in the run's id, state, model or one of its settings, as in `learningRate=0.5`. */
export function matches(row: RunRow, words: string): boolean {
  const { runId, state, status, settings } = row;
  const facts = Object.entries(settings).flatMap(([name, value]) =>
    [settingText(value), shownSetting(name, value)].map((text) => `${name}=${text}`),
  );
  const text = [runId, state, status?.model ?? '', ...facts].join('\n').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** `[784,50,10]`, `cosine` and so on; objects as JSON. */
export function settingText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The same for people: `784-50-10`. */
export const shownSetting = (name: string, value: unknown): string =>
  name === 'layers' ? describeLayers(value as LayerSpecs) : settingText(value);
