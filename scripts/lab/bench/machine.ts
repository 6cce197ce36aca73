/** Where it was measured. */
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

const CPU_INFO = '/proc/cpuinfo';

export type Machine = ReturnType<typeof describeMachine>;

export function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    vectors: vectorsOf(arch(), existsSync(CPU_INFO) ? readFileSync(CPU_INFO, 'utf8') : ''),
    processors: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    /** Processes that wanted to run in the minute before; what is much above 0 disturbed the measuring. */
    loadBefore: loadavg()[0]!,
  };
}

/** The widest vectors that the processor says it has. @param info /proc/cpuinfo, or nothing where there is none */
export function vectorsOf(architecture: string, info: string): string {
  if (architecture === 'arm64') return 'NEON, 128 bits';
  if (/\bavx512f\b/.test(info)) return 'AVX-512';
  if (/\bavx2\b/.test(info)) return 'AVX2, 256 bits';
  return info === '' ? 'vectors unknown' : '128 bits';
}
