/** What may go wrong, how often in this simulation, and how often it did. */
import type { Random } from './random.ts';

/** Of a request to S3 or a mirror. */
export const CALL_FAULTS = [
  'S3 says 503 SlowDown',
  'S3 is down for a while',
  'another write seems under way',
  'S3 says 500 InternalError',
  'connection reset before the effect',
  'request body cut off',
  'answer lost after the effect',
  'answer cut off',
  'no answer, no effect',
  'no answer, effect later',
  'slow answer',
  'killed before a call',
  'killed in the middle of a call',
  'killed after a call',
  'hangs until the timeout',
  'stalls beyond the timeout',
] as const;
/** Of a read of what something written later names by its SHA-256. */
export const READ_FAULTS = ['damaged read'] as const;
/** Of an invocation. */
export const INVOCATION_FAULTS = [
  'Lambda throttles',
  'Lambda service error',
  'Lambda loses the answer',
  'invoked twice at once',
  'slow computing',
  'clock jumps',
] as const;
/** Of a container and of a whole execution. */
export const OTHER_FAULTS = ['clock skew', 'execution killed, begun again'] as const;
/** Drawn apart from the others. */
export const RESTART = 'Step Functions ends, begins again';

export type CallFault = (typeof CALL_FAULTS)[number];
export type InvocationFault = (typeof INVOCATION_FAULTS)[number];
export type ReadFault = (typeof READ_FAULTS)[number];
export type Fault = CallFault | ReadFault | InvocationFault | (typeof OTHER_FAULTS)[number] | typeof RESTART;

/** Share of the kinds that a simulation has: with all of them at once none gets far. */
const KINDS_SHARE = 0.6;
const CALL_RATES = [0.003, 0.06] as const;
const RATES = [0.03, 0.4] as const;
/** Few reads are of what is checked: most data stay in the containers' memory. */
const READ_RATES = [0.1, 0.4] as const;
/** An execution can be killed but once. */
const KILL_RATES = [0.2, 0.8] as const;
/** Faults after which the rest goes well, so that every simulation ends. */
const BUDGET = [3, 60] as const;

export class Faults {
  readonly counts = new Map<Fault, number>();
  readonly #random: Random;
  readonly #rates = new Map<Fault, number>();
  #budget: number;

  /** @param isOn false for a world in which nothing goes wrong */
  constructor(random: Random, isOn: boolean) {
    this.#random = random;
    this.#budget = isOn ? Math.round(random.spread(...BUDGET)) : 0;
    for (const kind of [...CALL_FAULTS, ...READ_FAULTS, ...INVOCATION_FAULTS, ...OTHER_FAULTS]) {
      const range = rangeOf(kind);
      if (random.chance(KINDS_SHARE)) this.#rates.set(kind, random.spread(range[0], range[1]));
    }
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.#budget = 0;
  }

  get areOver(): boolean {
    return this.#budget === 0;
  }

  /** It happens once more. */
  spend(kind: Fault): void {
    this.#budget--;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** One of these, or none. @param least rates of some of them, for what happens too seldom otherwise */
  draw<K extends Fault>(kinds: readonly K[], least: { readonly [Kind in K]?: number } = {}): K | undefined {
    let at = this.#random.next();
    if (this.#budget === 0) return undefined;
    for (const kind of kinds) {
      at -= Math.max(least[kind] ?? 0, this.#rates.get(kind) ?? 0);
      if (at >= 0) continue;
      this.spend(kind);
      return kind;
    }
    return undefined;
  }
}

function rangeOf(kind: Fault): readonly [number, number] {
  if (kind === 'execution killed, begun again') return KILL_RATES;
  if ((READ_FAULTS as readonly Fault[]).includes(kind)) return READ_RATES;
  return (CALL_FAULTS as readonly Fault[]).includes(kind) ? CALL_RATES : RATES;
}
