/** The columns of the table of runs: what stands in them, what they are sorted by, and what is saved of them. */
import { create } from './dom.ts';
import {
  ABSENT,
  formatCount,
  formatDollars,
  formatDuration,
  formatFixed,
  formatShare,
  formatTime,
} from './format.ts';
import { modelHash } from './route.ts';
import { differingSettings, type RunRow, settingText, shownSetting } from './run-rows.ts';

type Value = string | number | undefined;

export interface RunColumn {
  /** What it is called in files that are saved. */
  key: string;
  name: string;
  isNumber: boolean;
  value(row: RunRow): Value;
  show(row: RunRow): Node | string;
}

/** Those that these runs fill. */
export function columnsOf(rows: readonly RunRow[]): RunColumn[] {
  const figures = (name: keyof RunRow['figures']) => (row: RunRow) => row.figures[name];
  const all = [
    text('state', 'State', ({ state }) => state, showState),
    // What is compared stands beside what it is compared by.
    number('testAccuracy', 'Test accuracy', figures('testAccuracy'), formatShare),
    number('testLoss', 'Test loss', figures('testLoss'), fourDigits),
    number('testCost', 'Test cost', figures('testCost'), fourDigits),
    ...differingSettings(rows).map((name) => settingColumn(name, rows)),
    number('trainAccuracy', 'Train accuracy', figures('trainAccuracy'), formatShare),
    number('loss', 'Loss', figures('loss'), fourDigits),
    number('epoch', 'Epochs', ({ epoch }) => epoch, showEpochs),
    number(
      'elapsedSeconds',
      'Elapsed',
      ({ elapsed }) => elapsed,
      (_, row) => showElapsed(row),
    ),
    number(
      'leftSeconds',
      'Left',
      ({ left }) => left,
      (left) => `about ${formatDuration(left)}`,
    ),
    number(
      'dollars',
      'Estimated cost',
      ({ dollars }) => dollars,
      (_, row) => showDollars(row),
    ),
    number('imagesPerSecond', 'Images/s', ({ imagesPerSecond }) => imagesPerSecond, formatCount),
    text('startedAt', 'Started', ({ status }) => status?.startedAt, shownTime),
  ];
  return all.filter(({ key, value }) => ALWAYS.has(key) || rows.some((row) => value(row) !== undefined));
}

const ALWAYS: ReadonlySet<string> = new Set(['state', 'startedAt', 'epoch', 'elapsedSeconds']);

function text(
  key: string,
  name: string,
  value: RunColumn['value'],
  show: (row: RunRow) => Node | string,
): RunColumn {
  return { key, name, isNumber: false, value, show };
}

function number(
  key: string,
  name: string,
  value: (row: RunRow) => number | undefined,
  format: (value: number, row: RunRow) => string,
): RunColumn {
  const show = (row: RunRow) => {
    const shown = value(row);
    return shown === undefined ? ABSENT : format(shown, row);
  };
  return { key, name, isNumber: true, value, show };
}

function settingColumn(name: string, rows: readonly RunRow[]): RunColumn {
  const isNumber = rows.every(({ settings }) => ['number', 'undefined'].includes(typeof settings[name]));
  const value = ({ settings }: RunRow) => {
    const set = settings[name];
    if (set === undefined) return undefined;
    return typeof set === 'number' ? set : settingText(set);
  };
  const show = ({ settings }: RunRow) => {
    const set = settings[name];
    return set === undefined ? ABSENT : create('span', { class: 'setting' }, shownSetting(name, set));
  };
  return { key: name, name, isNumber, value, show };
}

function showState({ state, status }: RunRow): Node | string {
  if (status?.state !== 'succeeded' || status.model === undefined) {
    return create('span', { class: state === 'failed' ? 'failed' : undefined }, state);
  }
  const { model, version, promoted } = status;
  const link = create('a', { href: modelHash(model, version) }, `${model} ${version}`);
  return create('span', {}, 'succeeded, ', link, promoted === false ? ', not promoted' : '');
}

const shownTime = ({ status }: RunRow) => (status === null ? ABSENT : formatTime(status.startedAt));
const fourDigits = (value: number) => formatFixed(value, 4);
const showEpochs = (epoch: number, { epochs }: RunRow) =>
  epochs === undefined ? formatFixed(epoch, 1) : `${formatFixed(epoch, 1)} of ${formatFixed(epochs, 1)}`;
const showDollars = ({ dollars, settings }: RunRow) => ofCap(dollars!, settings.maxDollars, formatDollars);
const showElapsed = ({ elapsed, settings }: RunRow) => ofCap(elapsed!, settings.maxSeconds, formatDuration);

/** What is used, beside the cap where there is one. */
const ofCap = (used: number, cap: unknown, format: (value: number) => string): string =>
  typeof cap === 'number' ? `${format(used)} of ${format(cap)}` : format(used);
