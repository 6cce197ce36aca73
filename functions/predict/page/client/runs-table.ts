/** The table of runs: sorted by any column, with the best marked and the chosen ones in their plots' colours. */
import { button, create, renew } from './dom.ts';
import { runsHash } from './route.ts';
import { bestRuns, type RunRow } from './run-rows.ts';
import { columnsOf, type RunColumn } from './runs-columns.ts';

export interface Sorting {
  /** Of a column; the newest come first while there is none. */
  key: string | undefined;
  isDescending: boolean;
}

export interface TableState {
  sorting: Sorting;
  /** Of each chosen run its colour. */
  selected: ReadonlyMap<string, number>;
  isFull: boolean;
  choose(runId: string, isChosen: boolean): void;
  sort(sorting: Sorting): void;
}

export function sortRows(rows: readonly RunRow[], { key, isDescending }: Sorting): RunRow[] {
  const column = [RUN, ...columnsOf(rows)].find((each) => each.key === key);
  if (column === undefined) return [...rows];
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    // What is not known comes last in either order.
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}

const RUN: RunColumn = {
  key: 'runId',
  name: 'Run',
  isNumber: false,
  value: ({ runId }) => runId,
  show: ({ runId }) => runId,
};

/** Puts the rows into the place, and keeps where the keyboard is in it. */
export function showTable(place: HTMLElement, rows: readonly RunRow[], state: TableState): void {
  const columns = columnsOf(rows);
  const best = bestRuns(rows);
  const table = create(
    'table',
    { class: 'runs-table' },
    create('caption', { class: 'unseen' }, 'Runs, with the settings in which they differ'),
    create('thead', {}, create('tr', {}, ...[RUN, ...columns].map((column) => headOf(column, state)))),
    create(
      'tbody',
      {},
      ...rows.map((row) =>
        create(
          'tr',
          { class: best.has(row.runId) ? 'best' : undefined },
          runCell(row, best.has(row.runId), state),
          ...columns.map((column) => create('td', { class: kind(column) }, column.show(row))),
        ),
      ),
    ),
  );
  renew(place, table);
}

const kind = ({ isNumber }: RunColumn) => (isNumber ? 'number' : undefined);

function headOf(column: RunColumn, { sorting, sort }: TableState): HTMLElement {
  const isSorted = sorting.key === column.key;
  const direction = sorting.isDescending ? 'descending' : 'ascending';
  return create(
    'th',
    { scope: 'col', class: kind(column), 'aria-sort': isSorted ? direction : undefined },
    button(
      column.name,
      // Of figures the largest are looked for first, of names the first.
      () => sort({ key: column.key, isDescending: isSorted ? !sorting.isDescending : column.isNumber }),
      { 'data-key': `sort ${column.key}` },
    ),
  );
}

function runCell({ runId }: RunRow, isBest: boolean, state: TableState): HTMLElement {
  const colour = state.selected.get(runId);
  const box = create('input', {
    type: 'checkbox',
    value: runId,
    checked: colour !== undefined,
    disabled: state.isFull && colour === undefined,
    'aria-label': `Plot ${runId}`,
    'data-key': `plot ${runId}`,
  });
  box.addEventListener('change', () => state.choose(runId, box.checked));
  const swatch = create('span', { class: colour === undefined ? 'swatch none' : `swatch c${colour}` });
  const link = create('a', { href: runsHash([runId]), 'data-key': `run ${runId}` }, runId);
  const mark = isBest ? [create('small', { class: 'mark' }, 'best')] : [];
  return create(
    'th',
    { scope: 'row' },
    create('span', { class: 'run' }, create('label', { class: 'hit' }, box), swatch, link, ...mark),
  );
}
