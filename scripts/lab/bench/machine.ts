/** Where it was measured. */
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

export interface Machine {
  cpu: string;
  processors: number;
  memoryGiB: number;
  os: string;
  node: string;
  v8: string;
  /** Processes that wanted to run in the minute before; what is much above 0 disturbed the measuring. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    loadBefore: loadavg()[0]!,
  };
}
