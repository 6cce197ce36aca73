/** Finds the Pythons whose NumPy and whose PyTorch are worth competing with. */
import { join } from 'node:path';
import { type Command, runForJson } from '../../support/programs.ts';

/** The system's own may have what the first one on the path has not. */
const CANDIDATES = ['python3', '/usr/bin/python3'];

export interface PythonPeer {
  python: string;
  script: 'numpy_peer.py' | 'torch_peer.py';
  /** Of NumPy: its features that take vectors of more than 256 bits. */
  beyondAvx2?: string;
}

/** What a peer's process is to use. */
export interface Limits {
  threads: number;
  /** No vectors of more than 256 bits, as on a machine without AVX-512. */
  isAvx2?: boolean;
}

/** The peer as a command. */
export function pythonCommand(
  { python, script, beyondAvx2 }: PythonPeer,
  { threads, isAvx2 = false }: Limits,
  ...rest: string[]
): Command {
  return {
    file: python,
    arguments: [join(import.meta.dirname, 'peers', script), ...rest],
    environment: {
      OPENBLAS_NUM_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      // A machine may set them for the sake of old versions, which they slow down as well as new ones.
      OPENBLAS_CORETYPE: isAvx2 ? 'Haswell' : undefined,
      OPENBLAS_L2_SIZE: undefined,
      NPY_DISABLE_CPU_FEATURES: isAvx2 ? beyondAvx2 : undefined,
      ATEN_CPU_CAPABILITY: isAvx2 ? 'avx2' : undefined,
      DNNL_MAX_CPU_ISA: isAvx2 ? 'AVX2' : undefined,
      ONEDNN_MAX_CPU_ISA: isAvx2 ? 'AVX2' : undefined,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  };
}

type Found = PythonPeer | { reason: string };

/** The first whose NumPy computes with OpenBLAS; else why there is none. @param wanted the only one to try */
export function findNumpy(wanted?: string): Promise<Found> {
  return find('numpy_peer.py', wanted, 'apt-get install python3-numpy libopenblas0-pthread', (probe) =>
    probe.openblas === undefined
      ? `has NumPy ${probe.numpy} without OpenBLAS (Debian: libopenblas0-pthread)`
      : undefined,
  );
}

/** The first that has PyTorch; else why there is none. @param wanted the only one to try */
export function findTorch(wanted?: string): Promise<Found> {
  return find('torch_peer.py', wanted, 'apt-get install python3-torch', () => undefined);
}

async function find(
  script: PythonPeer['script'],
  wanted: string | undefined,
  help: string,
  whyNot: (probe: Record<string, string>) => string | undefined,
): Promise<Found> {
  const reasons: string[] = [];
  for (const python of wanted === undefined ? CANDIDATES : [wanted]) {
    const peer: PythonPeer = { python, script };
    try {
      const probe = await runForJson<Record<string, string>>(pythonCommand(peer, { threads: 1 }, 'probe'));
      const reason = whyNot(probe);
      const { beyondAvx2 } = probe;
      if (reason === undefined) return beyondAvx2 === undefined ? peer : { ...peer, beyondAvx2 };
      reasons.push(`${python} ${reason}`);
    } catch (error) {
      reasons.push(`${python}: ${(error as Error).message.trim().split('\n').at(-1)}`);
    }
  }
  return { reason: `${reasons.join('; ')}. Debian: ${help}` };
}
