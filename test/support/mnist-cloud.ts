/** A local cloud of the synthesized app in a folder of its own, with the real MNIST on a mirror beside it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { PARAMETERS } from '../../functions/contract/stacks.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../scripts/cloud/cloud.ts';
import { startMirror } from '../../scripts/cloud/mnist-mirror.ts';

export interface MnistCloud {
  cloud: LocalCloud;
  /** The cloud's data folder. */
  folder: string;
  /** Ends cloud and mirror, and removes the folder. */
  close(): Promise<void>;
}

export async function startMnistCloud(options: Pick<LocalCloudOptions, 'onCall'> = {}): Promise<MnistCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-cloud-'));
  const mirror = await startMirror();
  const closeMirror = async (): Promise<void> => {
    await mirror.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const cloud = await startLocalCloud({
      assemblyDir: inject('assembly'),
      dataDir: folder,
      httpPort: 0,
      parameters: { [PARAMETERS.datasetMirrors]: mirror.url, [PARAMETERS.mirrorAccess]: 'any' },
      ...options,
    });
    const close = async (): Promise<void> => {
      await cloud.close();
      await closeMirror();
    };
    return { cloud, folder, close };
  } catch (error) {
    await closeMirror();
    throw error;
  }
}
