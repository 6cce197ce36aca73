/** Where it was measured. */
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

export type Machine = ReturnType<typeof describeMachine>;

export function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    /** Processes that wanted to run in the minute before; what is much above 0 disturbed the measuring. */
    loadBefore: loadavg()[0]!,
  };
}
