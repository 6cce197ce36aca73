/** Runs as files: all that the table shows, and all settings, as CSV or JSON. */
import { create } from './dom.ts';
import { type RunRow, settingText } from './run-rows.ts';

type Entry = Record<string, unknown>;

export const entriesOf = (rows: readonly RunRow[]): Entry[] =>
  rows.map(({ runId, state, status, settings, figures, epoch, imagesPerSecond, dollars, elapsed }) => ({
    runId,
    state,
    startedAt: status?.startedAt,
    updatedAt: status?.updatedAt,
    model: status?.model,
    version: status?.version,
    error: status?.error,
    reason: status?.reason,
    ...figures,
    epoch,
    imagesPerSecond,
    dollars,
    elapsedSeconds: elapsed,
    settings,
  }));

export const asJson = (rows: readonly RunRow[]): string => `${JSON.stringify(entriesOf(rows), null, 2)}\n`;

/** As RFC 4180 has it; settings have columns of their own, which begin with `settings.`. */
export function asCsv(rows: readonly RunRow[]): string {
  const flat = entriesOf(rows).map(({ settings, ...entry }) => ({
    ...entry,
    ...Object.fromEntries(
      Object.entries(settings as Entry).map(([key, value]) => [`settings.${key}`, value]),
    ),
  }));
  const names = [...new Set(flat.flatMap((entry) => Object.keys(entry)))];
  const lines = flat.map((entry: Entry) =>
    names.map((name) => quoted(settingText(entry[name] ?? undefined))),
  );
  return [names, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  create('a', { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
