/** What stands in a definition: its machines, and their states. */
import type { Machine, State } from './run.ts';

export type Fields = Record<string, unknown>;

export interface NamedState {
  name: string;
  state: State;
  /** Where it stands: in what runs as a whole, in an inline Map, in what Distributed Maps run on their items. */
  where: { isNested: boolean; isInInlineMap: boolean; isInChild: boolean };
}

const TOP = { isNested: false, isInInlineMap: false, isInChild: false };

/** Every state of a definition, those inside Map and Parallel too. */
export function allStates(definition: unknown, where: NamedState['where'] = TOP): NamedState[] {
  return Object.entries((definition as Machine).States).flatMap(([name, state]) => {
    const isMap = state.Type === 'Map';
    const inner = isDistributed(state)
      ? { isNested: true, isInInlineMap: false, isInChild: true }
      : { ...where, isNested: true, isInInlineMap: where.isInInlineMap || isMap };
    return [{ name, state, where }, ...innerMachines(state).flatMap((machine) => allStates(machine, inner))];
  });
}

export function innerMachines({ Type, ItemProcessor, Iterator, Branches }: State): Fields[] {
  const inner: Record<string, unknown> = { Map: [ItemProcessor, Iterator], Parallel: Branches };
  const machines = inner[Type];
  return Array.isArray(machines) ? machines.filter(isFields) : [];
}

/** Whether it is a Map each of whose items is an execution of its own. */
export function isDistributed(state: Fields): boolean {
  const { ProcessorConfig } = (state.ItemProcessor ?? state.Iterator ?? {}) as {
    ProcessorConfig?: { Mode?: string };
  };
  return state.Type === 'Map' && ProcessorConfig?.Mode === 'DISTRIBUTED';
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
