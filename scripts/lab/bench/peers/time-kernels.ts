/**
 * Times the calls into the kernels, whoever makes them: replaces the platform's WebAssembly.Instance by one whose exports
 * are timed. To be imported before the kernels' loader, which takes hold of it.
 */
import { OPERATION_FORWARD } from '../../../../core/kernels/layout.ts';

/** Milliseconds in each phase. */
export const phases = { forward: 0, update: 0 };

type Exports = Record<string, unknown>;
type Exported = (...values: number[]) => number | undefined;
type InstanceConstructor = new (module: object, imports: object) => { exports: Exports };

const platform = (globalThis as unknown as { WebAssembly: { Instance: InstanceConstructor } }).WebAssembly;
const { Instance } = platform;
platform.Instance = class {
  readonly exports: Exports;

  constructor(module: object, imports: object) {
    const entries = Object.entries(new Instance(module, imports).exports);
    this.exports = Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        typeof value === 'function' ? timedCall(name, value as Exported) : value,
      ]),
    );
  }
};

/** Of the export called last but for awaitOthers, which belongs to the phase that was begun before it. */
let phase: keyof typeof phases = 'forward';

/** The kernels export a function per phase, or with threads one that is told which and one that waits for its end. */
function timedCall(name: string, call: Exported): Exported {
  return (...values) => {
    if (name === 'forward' || name === 'update') phase = name;
    else if (name === 'runPhase') phase = values[1] === OPERATION_FORWARD ? 'forward' : 'update';
    else if (name !== 'awaitOthers') return call(...values);
    const start = performance.now();
    const result = call(...values);
    phases[phase] += performance.now() - start;
    return result;
  };
}
