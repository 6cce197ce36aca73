/** Runs: a table to choose from, and the plots of those that are chosen, live while they train. */
import { evaluationPlot, lossPlot, type PlottedRun, showsLosses } from '../../../plots/run-plots.ts';
import { getRun, listRuns, type RunDetail, type Runs } from './api.ts';
import { mayChange, told } from './control.ts';
import { byId, create, note, renew } from './dom.ts';
import { asCsv, asJson, save } from './download.ts';
import { mountLivePlot } from './live-plot.ts';
import type { PlotOptions } from './plot-options.ts';
import { keepHash, runsHash } from './route.ts';
import { missing, outcomeOf } from './run-outcome.ts';
import { isUnderWay, matches, type RunRow, rowOf } from './run-rows.ts';
import { showTable, sortRows, type TableState } from './runs-table.ts';

/** Runs laid over each other; as many as there are colours. */
const MAX_SELECTED = 6;
const POLL_RUNNING_MS = 1000;
const POLL_IDLE_MS = 6000;

export interface RunsView {
  /** @param runIds that the address names; without any, the newest run is shown */
  show(runIds: readonly string[]): void;
  hide(): void;
}

export function startRunsView(report: (error?: unknown) => void): RunsView {
  const place = byId('run-table', HTMLElement);
  const prefix = byId('run-prefix', HTMLInputElement);
  const search = byId('run-search', HTMLInputElement);
  const stateChoice = byId('run-state', HTMLSelectElement);
  /** Of each selected run its colour. */
  const selected = new Map<string, number>();
  const details = new Map<string, RunDetail>();
  /** Selected, and not there: they may still come. */
  const absent = new Set<string>();
  let canChange = false;
  const options: PlotOptions = { smoothing: 0, isLog: false, range: undefined };
  let runs: Runs = [];
  let hasChosen = false;
  let hasListed = false;
  let timer: number | undefined;
  let isShown = false;
  const table: TableState = {
    sorting: { key: undefined, isDescending: true },
    selected,
    isFull: false,
    choose,
    sort(sorting) {
      table.sorting = sorting;
      draw();
    },
  };

  const live = (id: string, label: string, make: typeof lossPlot) =>
    mountLivePlot(byId(id, HTMLElement), label, (frame) => make(plotted(), frame), options, drawPlots);
  const plots = [
    live('accuracy-plot', 'Accuracy or loss on training and test data per epoch', evaluationPlot),
    live('loss-plot', 'Loss of the last batch per epoch', lossPlot),
  ];
  // It scrolls by keys, too.
  place.tabIndex = 0;
  wireControls();
  return {
    show(runIds) {
      isShown = true;
      hasChosen = runIds.length > 0;
      if (hasChosen) select(runIds);
      void poll();
    },
    hide() {
      isShown = false;
      clearTimeout(timer);
    },
  };

  function wireControls(): void {
    prefix.addEventListener('input', () => {
      // Those that are looked for are what is to be compared.
      selected.clear();
      hasChosen = false;
      keepHash(runsHash([]));
      void poll();
    });
    for (const filter of [search, stateChoice]) filter.addEventListener('input', draw);
    const smoothing = byId('smoothing', HTMLInputElement);
    smoothing.addEventListener('input', () => {
      options.smoothing = Number(smoothing.value);
      byId('smoothing-value', HTMLElement).textContent = smoothing.value;
      drawPlots();
    });
    const isLog = byId('log-scale', HTMLInputElement);
    isLog.addEventListener('change', () => {
      options.isLog = isLog.checked;
      drawPlots();
    });
    const onClick = (id: string, act: () => void) => byId(id, HTMLElement).addEventListener('click', act);
    onClick('zoom-in', () => plots[0]!.zoom(0.5));
    onClick('zoom-out', () => plots[0]!.zoom(2));
    onClick('zoom-all', () => {
      options.range = undefined;
      drawPlots();
    });
    onClick('save-csv', () => save('runs.csv', 'text/csv', asCsv(visibleRows())));
    onClick('save-json', () => save('runs.json', 'application/json', asJson(visibleRows())));
    document.addEventListener('visibilitychange', () => {
      if (isShown && document.visibilityState === 'visible') void poll();
    });
  }

  function plotted(): PlottedRun[] {
    return selectedDetails().map((detail) => ({
      metrics: detail.metrics,
      epochs: detail.config === null ? 0 : detail.config.totalSteps / detail.config.stepsPerEpoch,
      colour: selected.get(detail.runId)!,
      ...(selected.size > 1 ? { name: detail.runId } : {}),
    }));
  }

  function selectedDetails(): RunDetail[] {
    return [...selected.keys()].flatMap((runId) => details.get(runId) ?? []);
  }

  /** Reads what may have changed, shows it, and comes again while the view is looked at. */
  async function poll(): Promise<void> {
    clearTimeout(timer);
    try {
      const begin = prefix.value.trim();
      const [listed, can] = await Promise.all([listRuns(begin), mayChange()]);
      canChange = can;
      // Somebody has typed on meanwhile, and is being answered.
      if (begin !== prefix.value.trim()) return;
      runs = listed;
      hasListed = true;
      if (!hasChosen) followNewest();
      await loadDetails();
      report();
    } catch (error) {
      report(error);
    }
    draw();
    clearTimeout(timer);
    if (!isShown || document.visibilityState !== 'visible') return;
    const isLive = absent.size > 0 || runs.some(({ status }) => isUnderWay(status));
    timer = setTimeout(() => void poll(), isLive ? POLL_RUNNING_MS : POLL_IDLE_MS);
  }

  /**
   * Until somebody chooses, the newest run is shown, also one that begins while the view is open; of runs that were
   * looked for, such as a sweep's, as many as there are colours.
   */
  function followNewest(): void {
    const shown = runs.slice(0, prefix.value.trim() === '' ? 1 : MAX_SELECTED);
    if (shown.length === selected.size && shown.every(({ runId }) => selected.has(runId))) return;
    select(shown.map(({ runId }) => runId));
  }

  function select(runIds: readonly string[]): void {
    selected.clear();
    for (const [colour, runId] of runIds.slice(0, MAX_SELECTED).entries()) selected.set(runId, colour);
  }

  async function loadDetails(): Promise<void> {
    const wanted = [...selected.keys()].filter((runId) => {
      const known = details.get(runId);
      const listed = runs.find((run) => run.runId === runId)?.status;
      // One that was stopped or has failed may have gone on.
      const isOther = listed?.updatedAt !== undefined && listed.updatedAt !== known?.status?.updatedAt;
      return known === undefined || isUnderWay(known.status) || isOther;
    });
    const found = await Promise.all(wanted.map(find));
    absent.clear();
    for (const [index, detail] of found.entries()) {
      if (detail === undefined) absent.add(wanted[index]!);
      else details.set(wanted[index]!, detail);
    }
  }

  /** Undefined where there is no such run, which is no error: an address may name one that is to come. */
  async function find(runId: string): Promise<RunDetail | undefined> {
    const isNamed = (run: Runs[number]) => run.runId === runId;
    const isThere = runs.some(isNamed) || details.has(runId) || (await listRuns(runId)).some(isNamed);
    return isThere ? getRun(runId, details.get(runId)) : undefined;
  }

  function choose(runId: string, isChosen: boolean): void {
    hasChosen = true;
    if (!isChosen) selected.delete(runId);
    else {
      const used = new Set(selected.values());
      const free = Array.from({ length: MAX_SELECTED }, (_, colour) => colour).find((c) => !used.has(c));
      if (free !== undefined) selected.set(runId, free);
    }
    keepHash(runsHash([...selected.keys()]));
    void poll();
  }

  function allRows(): RunRow[] {
    const now = Date.now();
    // One that the address names may be older than all that are listed.
    const others = selectedDetails().filter(({ runId }) => runs.every((run) => run.runId !== runId));
    return [...runs, ...others].map((run) => rowOf(run, details.get(run.runId), now));
  }

  function visibleRows(): RunRow[] {
    const ofState = ({ state }: RunRow) =>
      stateChoice.value === '' ||
      state === stateChoice.value ||
      (stateChoice.value === 'running' && (state === 'starting' || state === 'importing'));
    const found = allRows().filter((row) => ofState(row) && matches(row, search.value.trim()));
    return sortRows(found, table.sorting);
  }

  function draw(): void {
    table.isFull = selected.size >= MAX_SELECTED;
    const rows = visibleRows();
    if (rows.length > 0) showTable(place, rows, table);
    else if (hasListed) place.replaceChildren(emptyState());
    byId('run-count', HTMLElement).textContent = rows.length === 1 ? '1 run' : `${rows.length} runs`;
    drawPlots();
    const shown = allRows().filter(({ runId }) => selected.has(runId));
    const outcomes = shown.map((row) => outcomeOf(row, details.get(row.runId), canChange, act));
    const none = selected.size === 0 && rows.length > 0 ? [note('Choose a run to see its plots.')] : [];
    renew(byId('run-outcomes', HTMLElement), ...[...absent].map(missing), ...outcomes, ...none);
  }

  /** Does what a button says, and shows what it has changed. */
  function act(what: () => Promise<unknown>): void {
    void what()
      .catch((error: Error) => told('It was not done', error.message))
      .then(poll);
  }

  function emptyState(): HTMLElement {
    if (runs.length > 0) return note('No run matches the search and the state.');
    if (prefix.value.trim() !== '') return note('No run has an id that begins so.');
    return create(
      'div',
      {},
      create('p', {}, 'There are no runs yet.'),
      note(
        'Start one under Train, by npm run train, or as an execution of the training state machine in AWS. It appears here by itself.',
      ),
    );
  }

  function drawPlots(): void {
    for (const plot of plots) plot.draw();
    const shown = selectedDetails();
    byId('plot-title', HTMLElement).textContent = showsLosses(shown) ? 'Loss on whole sets' : 'Accuracy';
    const names = shown.map(({ runId }) =>
      create(
        'li',
        {},
        ...(shown.length > 1 ? [create('span', { class: `swatch c${selected.get(runId)}` })] : []),
        runId,
      ),
    );
    for (const id of ['accuracy-legend', 'loss-legend']) {
      byId(id, HTMLElement).replaceChildren(...names.map((name) => name.cloneNode(true)));
    }
  }
}
