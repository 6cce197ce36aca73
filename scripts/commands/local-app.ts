/** The app on this machine, in the process of a command: synthesized, with its mirror of MNIST and its parameters. */
import { mkdirSync } from 'node:fs';
import { PARAMETERS } from '../../functions/contract/stacks.ts';
import { LOCAL_SETTINGS, type Settings, synthesize } from '../build/synthesize.ts';
import { type LocalCloud, startLocalCloud } from '../cloud/cloud.ts';
import { startMirror } from '../cloud/mnist-mirror.ts';
import type { parsePorts } from './ports.ts';

export interface LocalAppOptions {
  dataDir: string;
  ports: ReturnType<typeof parsePorts>;
  /** How it is synthesized; for this machine by default. */
  settings?: Settings;
  /** Functions at a time; as many as an AWS account has by default. */
  concurrency?: number;
  /** Whether MNIST comes from this machine; it does by default. */
  hasMirror?: boolean;
  /** The operator's: base URLs to download from, and whether they may be http, at any address. */
  mirrors?: string | undefined;
  mirrorAccess?: string | undefined;
}

export interface LocalApp {
  cloud: LocalCloud;
  /** Resolves with the exit code when somebody ends the command. */
  interrupted: Promise<number>;
  close(): Promise<void>;
}

/** @throws Error when the app can't be synthesized, or a port or the data folder is taken */
export async function startLocalApp(options: LocalAppOptions): Promise<LocalApp> {
  const { dataDir, ports, settings = LOCAL_SETTINGS, concurrency, hasMirror = true } = options;
  mkdirSync(dataDir, { recursive: true });
  const mirror = hasMirror ? await startMirror() : undefined;
  let cloud: LocalCloud;
  try {
    cloud = await startLocalCloud({
      assemblyDir: () => synthesizeHere(dataDir, settings),
      dataDir,
      ...ports,
      ...(concurrency !== undefined && { concurrency }),
      parameters: {
        [PARAMETERS.datasetMirrors]: [mirror && `mnist=${mirror.url}`, options.mirrors]
          .filter(Boolean)
          .join(),
        // The mirror on this machine is one of http.
        [PARAMETERS.mirrorAccess]: mirror === undefined ? (options.mirrorAccess ?? 'public') : 'any',
      },
    });
  } catch (error) {
    await mirror?.close();
    throw error;
  }
  if (cloud.resumed.length > 0) console.log(`going on where they were: ${cloud.resumed.join(', ')}`);
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(130));
  });
  return {
    cloud,
    interrupted,
    close: async () => {
      await cloud.close();
      await mirror?.close();
    },
  };
}

/** Says how long it took; it is the first wait a newcomer sees. @returns the assembly's folder */
async function synthesizeHere(dataDir: string, settings: Settings): Promise<string> {
  console.log('synthesizing the app, which takes some seconds when it is new or was changed');
  const started = performance.now();
  const { assembly } = await synthesize(dataDir, settings);
  console.log(`synthesized the app in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return assembly;
}
