/** When each kill comes and whom it hits, drawn from a seed. */
import { philox4x32 } from '../../../core/random/philox.ts';
import { PHASES, type Phase } from './phases.ts';

/** The whole process group; only the command's own process; only one function's process. */
export const VICTIMS = ['group', 'parent', 'function'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface PlannedKill {
  victim: Victim;
  /** Whether the start has to synthesize the app again. */
  synthesizes: boolean;
  /** undefined: at a share of the time that a whole start takes; else of the time that its phase takes. */
  phase: Phase | undefined;
  /** 0 to below 1. */
  share: number;
}

/**
 * Aimed at first, because data is downloaded and sharded only once on a folder. The execution goes on each time, and a
 * state that is killed six times has failed.
 */
const FIRST: readonly Phase[] = [
  ...Array<Phase>(2).fill('synthesis'),
  ...Array<Phase>(4).fill('ShardDataset'),
];
/** Phases without a function that has something in hand. */
const WITHOUT_FUNCTION: readonly Phase[] = ['synthesis', 'plot', 'serving'];

/** After the first ones every second kill is aimed at a phase, in turn; the others come at any time. */
export function planKill(seed: number, number: number): PlannedKill {
  const words = new Uint32Array(4);
  philox4x32(number, 0, 0, 0, seed, 0, words);
  const [who, when, synthesis] = [...words].map((word) => word / 2 ** 32) as [number, number, number];
  const turn = number - FIRST.length;
  const phase = FIRST[number] ?? (turn % 2 === 0 ? PHASES[(turn / 2) % PHASES.length] : undefined);
  const hasFunction = phase === undefined || !WITHOUT_FUNCTION.includes(phase);
  return {
    victim: who < 0.4 ? 'group' : who < 0.75 || !hasFunction ? 'parent' : 'function',
    synthesizes: phase === 'synthesis' || (phase === undefined && synthesis < 0.25),
    phase,
    share: when,
  };
}
