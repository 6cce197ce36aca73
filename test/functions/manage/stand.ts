/** The routes that change something, over the tests' S3 and a real Step Functions whose executions wait for an hour. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Executions, executionsOf } from '../../../functions/executions/step-functions.ts';
import { answer } from '../../../functions/manage/manage.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { localConnection } from '../../../scripts/cloud/connection.ts';
import {
  type StepFunctionsServer,
  startStepFunctionsServer,
} from '../../../scripts/cloud/stepfunctions/server.ts';
import { StepFunctionsService } from '../../../scripts/cloud/stepfunctions/service.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { manageEvent } from '../support/http-event.ts';
import { NOW, tinyRuns } from '../support/tiny-run.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:training';
const definition = { StartAt: 'It', States: { It: { Type: 'Wait', Seconds: 3600, End: true } } };
const functions = { has: () => false, invoke: () => Promise.reject(new Error('there is none')) };

export function manageStand() {
  const store = createS3Store('bucket');
  const runs = tinyRuns(store);
  let service: StepFunctionsService;
  let server: StepFunctionsServer;
  let client: SFNClient;

  const stand = {
    store,
    runs,
    /** The bucket, with the dataset in it. */
    s3: s3WithContent(runs.prepare),
    /** What requests find; a test may stand between. */
    executions: undefined as unknown as Executions,
    real: undefined as unknown as Executions,

    /** Posts a document; text is sent as it is. */
    async post(path: string, body?: unknown, headers: Record<string, string> = {}) {
      const { executions } = stand;
      const event = manageEvent(path, {
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const services = { store, executions, prices: readPrices(), memoryMb: 1769, now: () => NOW };
      const { statusCode: status, headers: answered, body: text } = await answer(event, services);
      return { status, headers: answered, answer: JSON.parse(text!) };
    },

    /** Ends an execution, as somebody in the console does. */
    end: (name: string) => service.call('StopExecution', { executionArn: stand.real.arnOf(name) }),
    /** Names of all that were started, the newest first. */
    started: () =>
      (service.call('ListExecutions', { stateMachineArn: MACHINE }).executions as { name: string }[]).map(
        ({ name }) => name,
      ),
    /** Step Functions is out of reach from now on. */
    leave: () => server.close(),
  };

  beforeAll(async () => {
    server = await startStepFunctionsServer();
  });
  beforeEach(() => {
    service = new StepFunctionsService([{ name: 'training', arn: MACHINE, definition }], functions);
    server.serve(service);
    client = new SFNClient({ ...localConnection(server.endpoint), maxAttempts: 1 });
    stand.real = executionsOf(MACHINE, client);
    stand.executions = stand.real;
    return async () => {
      client.destroy();
      await service.close();
    };
  });
  afterAll(() => server.close().catch(() => undefined));
  return stand;
}
