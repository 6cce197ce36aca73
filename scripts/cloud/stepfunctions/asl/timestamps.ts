/** Timestamps of the states language: RFC 3339 with an uppercase T, and Z or an offset. */

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export interface Timestamp {
  /** Milliseconds since the epoch, of the whole second. */
  second: number;
  /** Digits after the second, to nanoseconds. */
  fraction: string;
}

/** undefined when it is none. */
export function parseTimestamp(text: unknown): Timestamp | undefined {
  const match = typeof text === 'string' ? TIMESTAMP.exec(text) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, seconds, fraction = '', zone] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // Months have the days that they have.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const second = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${seconds}${zone}`);
  return { second, fraction: fraction.slice(0, 9).padEnd(9, '0') };
}

export const milliseconds = ({ second, fraction }: Timestamp): number => second + Number(fraction) / 1e6;

/** Negative where `a` comes first. */
export const compareTimestamps = (a: Timestamp, b: Timestamp): number =>
  a.second - b.second || (a.fraction < b.fraction ? -1 : Number(a.fraction > b.fraction));
