import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { promoteModelInput, promoteModelOutput } from '../shared/schemas.ts';
import { promoteModel } from './promote-model.ts';

export const handler: Handler = async (event: unknown) => {
  const request = parsePayload(promoteModelInput, event, 'event');
  const store = createS3Store(requireEnv(ENV.bucket));
  const gitRevision = requireEnv(ENV.gitRevision);
  return parsePayload(promoteModelOutput, await promoteModel({ ...request, store, gitRevision }), 'result');
};
