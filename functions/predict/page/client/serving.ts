/** Which version serves, what is on trial, and the buttons that change it. */
import type { ModelVersion } from '../../../schemas/documents.ts';
import { postPromote, postRollback, type Report, type Versions } from './api.ts';
import { confirmed, told } from './control.ts';
import { button, type Column, create, itemsTable, note, numberColumn } from './dom.ts';
import { formatFixed, formatShare } from './format.ts';

/** What versions are judged by. */
export function figuresOf(versions: readonly ModelVersion[]): Column<ModelVersion>[] {
  const hasAccuracy = versions.some(({ metrics }) => metrics.testAccuracy !== null);
  return [
    hasAccuracy
      ? numberColumn('Test accuracy', ({ metrics }) => formatShare(metrics.testAccuracy))
      : numberColumn('Test loss', ({ metrics }) => formatFixed(metrics.testLoss, 4)),
  ];
}

/**
 * @param mayChange whether there are buttons
 * @param changed called after something was changed
 */
export function servingOf(
  { version, lineage }: Report,
  versions: Versions,
  mayChange: boolean,
  changed: () => void,
): HTMLElement {
  const { name, latest, previous, trial } = versions;
  const isServing = version === latest;
  const find = (wanted: number | null) =>
    wanted === version ? lineage : versions.versions.find((each) => each.version === wanted);
  const compared = (next: number | null) => [latest, next].flatMap((wanted) => find(wanted) ?? []);
  const act = async (what: () => Promise<unknown>) => {
    try {
      await what();
      changed();
    } catch (error) {
      await told('It was not done', (error as Error).message);
    }
  };
  const promote = async () => {
    const title = `Let version ${version} of ${name} serve?`;
    const then = note('It answers from then on. Roll back lets the other one serve again.');
    if (await confirmed(title, 'Promote it', figures(compared(version), latest), then))
      await act(() => postPromote(name, version));
  };
  const rollBack = async () => {
    const [title, verb] =
      trial === null
        ? [`Go back to version ${previous} of ${name}?`, 'Roll back']
        : [`End the trial of version ${trial.version} of ${name}?`, 'End it'];
    const others = compared(trial?.version ?? previous);
    if (await confirmed(title, verb, figures(others, latest))) await act(() => postRollback(name, latest));
  };
  const actions: HTMLElement[] = [];
  if (!isServing) actions.push(button('Promote', () => void promote()));
  else if (trial !== null) actions.push(button('End trial', () => void rollBack()));
  else if (previous !== null) actions.push(button('Roll back', () => void rollBack()));
  const what = isServing ? 'It serves.' : `It does not serve: version ${latest} does.`;
  const onTrial =
    trial === null
      ? ''
      : ` Version ${trial.version} is on trial as a ${trial.mode} of ${formatShare(trial.share)} of the requests.`;
  return create(
    'div',
    { class: 'serving' },
    create('p', {}, what + onTrial),
    create('div', { class: 'toolbar' }, ...(mayChange ? actions : [])),
  );
}

function figures(versions: readonly ModelVersion[], latest: number): HTMLElement {
  return itemsTable(versions, [
    {
      name: 'Version',
      cell: ({ version }) => `version ${version}${version === latest ? ' (serving)' : ''}`,
    },
    ...figuresOf(versions),
    { name: 'Run', cell: ({ runId }) => runId },
  ]);
}
