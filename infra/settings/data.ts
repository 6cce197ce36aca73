/** Settings of the bucket: what becomes of what is in it. */
import type { Given, Setting } from './reader.ts';

export const DATA = {
  removal: {
    example: 'destroy',
    meaning: '`destroy` deletes the bucket together with its stack, `retain` keeps it',
    otherwise: '`retain`',
  },
} as const satisfies Record<string, Setting>;

export interface DataSettings {
  /** Delete the bucket with its stack. */
  destroyData: boolean;
}

export function readData(given: Given<keyof typeof DATA>): DataSettings {
  return { destroyData: given.word('removal', ['retain', 'destroy']) === 'destroy' };
}
