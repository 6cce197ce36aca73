/** Runs: accuracy, loss, throughput and dollars of one or several, live while they train. */

import {
  evaluationPlot,
  lossPlot,
  type PlottedRun,
  pointsOf,
  showsLosses,
} from '../../../plots/run-plots.ts';
import type { RunStatus } from '../../../schemas/documents.ts';
import { getRun, listRuns, type RunDetail, type Runs } from './api.ts';
import { byId, create, itemsTable, note, numberColumn } from './dom.ts';
import { formatCount, formatDollars, formatFixed, formatSeconds, formatShare, formatTime } from './format.ts';
import { mountPlot } from './plot.ts';

/** Runs laid over each other; as many as there are colours. */
const MAX_SELECTED = 6;
const POLL_RUNNING_MS = 1000;
const POLL_IDLE_MS = 6000;

export function startRunsView(report: (error?: unknown) => void): { show(): void; hide(): void } {
  const list = byId('run-list', HTMLElement);
  const filter = byId('run-filter', HTMLInputElement);
  const figures = byId('run-figures', HTMLElement);
  /** Of each selected run its colour. */
  const selected = new Map<string, number>();
  const details = new Map<string, RunDetail>();
  let runs: Runs = [];
  let hasChosen = false;
  let timer: number | undefined;
  let isShown = false;

  const plotted = (): PlottedRun[] =>
    selectedDetails().map((detail) => ({
      metrics: detail.metrics,
      epochs: totalEpochs(detail),
      colour: selected.get(detail.runId)!,
    }));
  const drawAccuracy = mountPlot(
    byId('accuracy-plot', HTMLElement),
    'Accuracy or loss on training and test data per epoch',
    (frame) => evaluationPlot(plotted(), frame),
  );
  const drawLoss = mountPlot(byId('loss-plot', HTMLElement), 'Loss of the last batch per epoch', (frame) =>
    lossPlot(plotted(), frame),
  );
  filter.addEventListener('input', () => {
    // Those that are looked for are what is to be compared.
    selected.clear();
    hasChosen = false;
    void poll();
  });
  document.addEventListener('visibilitychange', () => {
    if (isShown && document.visibilityState === 'visible') void poll();
  });
  return {
    show() {
      isShown = true;
      void poll();
    },
    hide() {
      isShown = false;
      clearTimeout(timer);
    },
  };

  function selectedDetails(): RunDetail[] {
    return [...selected.keys()].flatMap((runId) => details.get(runId) ?? []);
  }

  /** Reads what may have changed, shows it, and comes again while the view is looked at. */
  async function poll(): Promise<void> {
    clearTimeout(timer);
    try {
      const prefix = filter.value.trim();
      const listed = await listRuns(prefix);
      // Somebody has typed on meanwhile, and is being answered.
      if (prefix !== filter.value.trim()) return;
      ({ runs } = listed);
      if (!hasChosen) followNewest();
      await loadDetails();
      report();
    } catch (error) {
      report(error);
    }
    draw();
    clearTimeout(timer);
    if (!isShown || document.visibilityState !== 'visible') return;
    const isLive = runs.some(({ status }) => isRunning(status));
    timer = setTimeout(() => void poll(), isLive ? POLL_RUNNING_MS : POLL_IDLE_MS);
  }

  /**
   * Until somebody chooses, the newest run is shown, also one that begins while the view is open; of runs that were
   * looked for, such as a sweep's, as many as there are colours.
   */
  function followNewest(): void {
    const shown = runs.slice(0, filter.value.trim() === '' ? 1 : MAX_SELECTED);
    if (shown.length === selected.size && shown.every(({ runId }) => selected.has(runId))) return;
    selected.clear();
    for (const [colour, { runId }] of shown.entries()) selected.set(runId, colour);
  }

  async function loadDetails(): Promise<void> {
    const wanted = [...selected.keys()].filter((runId) => {
      const known = details.get(runId);
      return known === undefined || isRunning(known.status);
    });
    for (const detail of await Promise.all(wanted.map(getRun))) details.set(detail.runId, detail);
  }

  function choose(runId: string, isChosen: boolean): void {
    hasChosen = true;
    if (!isChosen) selected.delete(runId);
    else {
      const used = new Set(selected.values());
      const free = Array.from({ length: MAX_SELECTED }, (_, colour) => colour).find((c) => !used.has(c));
      if (free !== undefined) selected.set(runId, free);
    }
    void poll();
  }

  function draw(): void {
    drawList();
    drawAccuracy();
    drawLoss();
    const shown = selectedDetails();
    byId('plot-title', HTMLElement).textContent = showsLosses(shown) ? 'Loss on whole sets' : 'Accuracy';
    figures.replaceChildren(
      shown.length > 0
        ? figuresTable(shown)
        : note(
            runs.length > 0
              ? 'Choose a run.'
              : filter.value.trim() === ''
                ? 'There are no runs yet.'
                : 'No run has an id that begins so.',
          ),
    );
  }

  function drawList(): void {
    // Made anew each time, so the keyboard's place in it has to be kept.
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : '';
    const isFull = selected.size >= MAX_SELECTED;
    const items = runs.map(({ runId, status }) => {
      const colour = selected.get(runId);
      const box = create('input', {
        type: 'checkbox',
        value: runId,
        checked: colour !== undefined,
        disabled: isFull && colour === undefined,
      });
      box.addEventListener('change', () => choose(runId, box.checked));
      const swatch = create('span', {
        class: `swatch c${colour}`,
        hidden: selected.size < 2 || colour === undefined,
      });
      const name = create('span', { class: 'name' }, runId, create('small', {}, describeStatus(status)));
      return create('li', {}, create('label', {}, box, swatch, name));
    });
    const scroll = list.scrollTop;
    list.replaceChildren(...items);
    list.scrollTop = scroll;
    if (focused === '') return;
    list.querySelector<HTMLInputElement>(`input[value="${CSS.escape(focused)}"]`)?.focus();
  }
}

const isRunning = (status: RunStatus | null) => status === null || status.state === 'running';

function describeStatus(status: RunStatus | null): string {
  return status === null ? 'starting' : `${outcomeOf(status)} · ${formatTime(status.startedAt)}`;
}

function outcomeOf({ state, reason, error, model, version, promoted, stopped }: RunStatus): string {
  if (state === 'running') return 'running';
  if (state === 'failed') return `failed: ${reason ?? error ?? 'no reason recorded'}`;
  const end = stopped === undefined ? '' : `, ${stopped}`;
  const result = `${version === undefined ? '' : `, ${model} version ${version}`}${end}`;
  return promoted === false ? `succeeded${result}, not promoted: ${reason}` : `succeeded${result}`;
}

function totalEpochs({ config }: RunDetail): number {
  return config === null ? 0 : config.totalSteps / config.stepsPerEpoch;
}

function figuresTable(runs: readonly RunDetail[]): HTMLElement {
  const last = (
    { metrics }: RunDetail,
    figure: 'trainAccuracy' | 'testAccuracy' | 'testLoss' | 'testCost' | 'loss',
  ) => pointsOf(metrics, figure).at(-1)?.[1];
  const has = (figure: 'testLoss' | 'testCost') => (run: RunDetail) =>
    run.metrics.some((entry) => entry[figure] !== null);
  const isRegression = (run: RunDetail) => has('testLoss')(run) && last(run, 'testAccuracy') === undefined;
  const column = numberColumn<RunDetail>;
  const optional = (isShown: boolean, ...shown: Parameters<typeof column>) =>
    isShown ? [column(...shown)] : [];
  return itemsTable(runs, [
    { name: 'Run', cell: ({ runId }) => runId },
    column(
      'Epochs',
      (run) => `${formatFixed(run.metrics.at(-1)?.epoch ?? 0, 1)} of ${formatFixed(totalEpochs(run), 1)}`,
    ),
    column('Train accuracy', (run) => formatShare(last(run, 'trainAccuracy'))),
    column('Test accuracy', (run) => formatShare(last(run, 'testAccuracy'))),
    ...optional(runs.some(isRegression), 'Test loss', (run) => formatFixed(last(run, 'testLoss'), 4)),
    ...optional(runs.some(has('testCost')), 'Test cost', (run) => formatFixed(last(run, 'testCost'), 4)),
    column('Loss', (run) => formatFixed(last(run, 'loss'), 4)),
    column('Images/s', (run) =>
      formatCount(run.metrics.findLast(({ timing }) => timing.imagesPerSecond > 0)?.timing.imagesPerSecond),
    ),
    column('Estimated cost', ({ metrics, config }) =>
      ofCap(metrics.at(-1)?.timing.runDollars ?? 0, config?.config.maxDollars, formatDollars),
    ),
    ...optional(
      runs.some(({ config }) => config?.config.maxSeconds !== undefined),
      'Time',
      ({ status, config }) => ofCap(secondsOf(status), config?.config.maxSeconds, formatSeconds),
    ),
  ]);
}

/** What is used, beside the cap where there is one. */
const ofCap = (used: number, cap: number | undefined, format: (value: number) => string): string =>
  cap === undefined ? format(used) : `${format(used)} of ${format(cap)}`;

/** Since the run's first start, up to its end. */
function secondsOf(status: RunStatus | null): number {
  if (status === null) return 0;
  const end = isRunning(status) ? Date.now() : Date.parse(status.updatedAt);
  return Math.max(0, end - Date.parse(status.startedAt)) / 1000;
}
