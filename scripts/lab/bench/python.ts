/** Finds the Python whose NumPy is worth competing with. */
import { join } from 'node:path';
import { type Command, runForJson } from '../../support/programs.ts';

const PEER = join(import.meta.dirname, 'peers/numpy_peer.py');
/** The system's own may have a NumPy where the first one on the path has none. */
const CANDIDATES = ['python3', '/usr/bin/python3'];

/** The NumPy peer as a command; `threads` for BLAS. */
export function numpyCommand(python: string, threads: number, ...rest: string[]): Command {
  return {
    file: python,
    arguments: [PEER, ...rest],
    environment: {
      OPENBLAS_NUM_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      // A machine may set them for the sake of old versions, which they slow down as well as new ones.
      OPENBLAS_CORETYPE: undefined,
      OPENBLAS_L2_SIZE: undefined,
    },
  };
}

/** The first whose NumPy computes with OpenBLAS; else why there is none. @param wanted the only one to try */
export async function findPython(wanted?: string): Promise<{ python: string } | { reason: string }> {
  const reasons: string[] = [];
  for (const python of wanted === undefined ? CANDIDATES : [wanted]) {
    try {
      const found = await runForJson<{ numpy: string; openblas?: string }>(numpyCommand(python, 1, 'probe'));
      if (found.openblas !== undefined) return { python };
      reasons.push(`${python} has NumPy ${found.numpy} without OpenBLAS (Debian: libopenblas0-pthread)`);
    } catch (error) {
      reasons.push(`${python}: ${(error as Error).message.trim().split('\n').at(-1)}`);
    }
  }
  return { reason: `${reasons.join('; ')}. Debian: apt-get install python3-numpy libopenblas0-pthread` };
}
