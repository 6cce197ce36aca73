/** What the steps that download need besides the bucket. */
import { ENV } from '../contract/environment.ts';
import {
  type DatasetMirror,
  type MirrorAccess,
  parseMirrorAccess,
  parseMirrors,
} from '../schemas/mirrors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { bucketStore, type Invocation } from './define-step.ts';

export interface DownloadServices extends Pick<Invocation, 'remainingMs'> {
  store: ObjectStore;
  mirrors: readonly DatasetMirror[];
  access: MirrorAccess;
}

/** @throws ConfigError when the deployment's mirrors are none */
export function downloadServices({ remainingMs }: Invocation): DownloadServices {
  const access = parseMirrorAccess(process.env[ENV.mirrorAccess] ?? 'public');
  const mirrors = parseMirrors(process.env[ENV.datasetMirrors] ?? '', access);
  return { store: bucketStore(), mirrors, access, remainingMs };
}
