/** Models and their versions as text for people. */
import type { LatestModel, ModelVersion } from '../../functions/schemas/documents.ts';
import { colour, colourTable } from '../support/colour.ts';
import { alignColumns, figure } from '../support/columns.ts';

const FIGURES = [
  ['test acc', 'testAccuracy'],
  ['train acc', 'trainAccuracy'],
  ['test cost', 'testCost'],
  ['test loss', 'testLoss'],
] as const;

/** Losses say little to people where there are accuracies. */
const isShown = (metrics: ModelVersion['metrics'], name: (typeof FIGURES)[number][1]): boolean =>
  metrics[name] !== null && (name !== 'testLoss' || metrics.testAccuracy === null);

/** A table of the model's versions. */
export function describeModel(
  model: string,
  versions: readonly ModelVersion[],
  latest: LatestModel | undefined,
): string {
  const figures = FIGURES.filter(([, name]) => versions.some(({ metrics }) => isShown(metrics, name)));
  const head = ['version', ...figures.map(([title]) => title), 'run', 'made', ''];
  const rows = versions.map(({ version, metrics, runId, promotedAt }) => [
    String(version),
    ...figures.map(([, name]) => figure(metrics[name])),
    runId,
    promotedAt,
    roleOf(version, latest),
  ]);
  const lines = alignColumns([head, ...rows], () => true).map((line) => `  ${line}`);
  const styleOf = (row: number) => (versions[row]!.version === latest?.version ? 'green' : undefined);
  return [colour('bold', model), ...colourTable(lines, styleOf)].join('\n');
}

/** The version's document with its role, as JSON. */
export function describeVersion(version: ModelVersion, latest: LatestModel | undefined): string {
  const role = roleOf(version.version, latest) || 'does not serve';
  return JSON.stringify({ role, ...version }, null, 2);
}

function roleOf(version: number, latest: LatestModel | undefined): string {
  if (version === latest?.version) return 'serves';
  const candidate = latest?.candidate;
  if (version === candidate?.version) return `${candidate.mode} of ${formatShare(candidate.share)}`;
  return latest?.history?.at(-1) === version ? 'served before' : '';
}

/** 0.07 as `7 %`, without the digits that binary fractions add. */
export const formatShare = (share: number) => `${Number((share * 100).toPrecision(6))} %`;
