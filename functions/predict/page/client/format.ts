/** Figures as text. */

export const ABSENT = '–';

export const formatShare = (share: number | null | undefined): string =>
  share === null || share === undefined ? ABSENT : `${(share * 100).toFixed(2)} %`;

export const formatFixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? ABSENT : value.toFixed(digits);

/** Whatever the unit. */
export const formatFigure = (value: number, digits = 5): string => String(Number(value.toPrecision(digits)));

export const formatCount = (value: number | null | undefined): string =>
  value === null || value === undefined ? ABSENT : Math.round(value).toLocaleString('en-US');

/** Dollars with enough digits to show amounts far below a cent. */
export const formatDollars = (value: number): string => `$${value.toFixed(value < 0.01 ? 6 : 4)}`;

/** The two largest units: `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

export const formatTime = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** One word for a POSIX shell. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
