import { ENV } from '../contract/environment.ts';
import { parseMirrorAccess, parseMirrors } from '../schemas/mirrors.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { downloadFile } from './download-file.ts';

export const handler = defineStep({
  event: downloadDatasetInput,
  result: downloadDatasetOutput,
  ids: ({ dataset, file }) => ({ dataset, file }),
  services: ({ remainingMs }) => {
    const access = parseMirrorAccess(process.env[ENV.mirrorAccess] ?? 'public');
    const mirrors = parseMirrors(process.env[ENV.datasetMirrors] ?? '', access);
    return { store: bucketStore(), mirrors, access, remainingMs };
  },
  run: ({ dataset, file, source }, services) => downloadFile({ ...services, dataset, file, source }),
});
