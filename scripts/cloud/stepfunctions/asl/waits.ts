/** How long a Wait state waits. */
import type { Data } from './expressions.ts';
import { Mistake } from './failure.ts';
import { follow, parsePath } from './paths.ts';
import { milliseconds, parseTimestamp } from './timestamps.ts';

/** Of the Seconds of a Wait, and of any timeout. */
export const MOST_SECONDS = 99_999_999;
/** Seconds until a timestamp at most. */
const MOST_DELAY = 2 ** 31 - 1;

/** @param now in milliseconds since the epoch */
export function secondsToWait(state: Record<string, unknown>, data: Data, now: number): number {
  const { Seconds, SecondsPath, Timestamp, TimestampPath } = state;
  if (Seconds !== undefined) return Number(Seconds);
  if (Timestamp !== undefined) return until(String(Timestamp), now);
  const text = String(SecondsPath ?? TimestampPath);
  const path = parsePath(text);
  const value = follow(path, data(path.isContext));
  const said = `${text} == ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  if (SecondsPath !== undefined) {
    if (!Number.isInteger(value)) {
      throw new Mistake(`The SecondsPath parameter cannot be parsed as a long value: ${said}`);
    }
    const seconds = value as number;
    if (seconds < 0) throw new Mistake(`The SecondsPath parameter references a negative value: ${said}`);
    if (seconds > MOST_SECONDS) throw new Mistake('Wait state delay is too long.');
    return seconds;
  }
  if (parseTimestamp(value) === undefined) {
    throw new Mistake(
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${said}`,
    );
  }
  return until(String(value), now);
}

function until(timestamp: string, now: number): number {
  const seconds = (milliseconds(parseTimestamp(timestamp)!) - now) / 1000;
  if (seconds > MOST_DELAY) throw new Mistake('Wait state delay is too long.');
  return seconds;
}
