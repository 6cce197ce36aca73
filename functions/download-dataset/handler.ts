import { ENV } from '../contract/environment.ts';
import { parseMirrorAccess, parseMirrors } from '../schemas/mirrors.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { downloadFiles } from './download-files.ts';

export const handler = defineStep({
  event: downloadDatasetInput,
  result: downloadDatasetOutput,
  ids: ({ files }) => ({ dataset: files[0]!.dataset }),
  services: ({ remainingMs }) => {
    const access = parseMirrorAccess(process.env[ENV.mirrorAccess] ?? 'public');
    const mirrors = parseMirrors(process.env[ENV.datasetMirrors] ?? '', access);
    return { store: bucketStore(), mirrors, access, remainingMs };
  },
  run: ({ files }, services) => downloadFiles({ ...services, files }),
});
