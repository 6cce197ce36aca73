/** Figures as text. */

const ABSENT = '–';

export const formatShare = (share: number | null | undefined): string =>
  share === null || share === undefined ? ABSENT : `${(share * 100).toFixed(2)} %`;

export const formatFixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? ABSENT : value.toFixed(digits);

/** Five digits, whatever the unit. */
export const formatFigure = (value: number): string => String(Number(value.toPrecision(5)));

export const formatCount = (value: number | null | undefined): string =>
  value === null || value === undefined ? ABSENT : Math.round(value).toLocaleString('en-US');

/** Dollars with enough digits to show amounts far below a cent. */
export const formatDollars = (value: number): string => `$${value.toFixed(value < 0.01 ? 6 : 4)}`;

export const formatSeconds = (value: number): string =>
  `${value < 10 ? formatFixed(value, 1) : formatCount(value)} s`;

export const formatTime = (iso: string): string =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
