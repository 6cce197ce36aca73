/** Who may ask the Step Functions of the local cloud, before what is asked matters. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { DescribeExecutionCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localConnection } from '../../../../scripts/cloud/connection.ts';
import { ServiceError } from '../../../../scripts/cloud/stepfunctions/requests.ts';
import {
  type StepFunctionsServer,
  startStepFunctionsServer,
} from '../../../../scripts/cloud/stepfunctions/server.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';

const functions = { has: () => false, invoke: () => Promise.reject(new Error('there is none')) };
const service = new StepFunctionsService([], functions);
let server: StepFunctionsServer;
const asked: unknown[][] = [];
beforeAll(async () => {
  server = await startStepFunctionsServer();
  server.serve(service, (accessKeyId, ...call) => {
    asked.push([accessKeyId, ...call]);
    if (accessKeyId === 'refused') throw new ServiceError('AccessDeniedException', 'it may not');
  });
});
afterAll(async () => {
  await server.close();
  await service.close();
});

it('each request is looked at by who signed it, and one that is refused does nothing', async () => {
  const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:machine:run';
  const refused = new SFNClient(localConnection(server.endpoint, 'refused'));
  await expect(refused.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'it may not',
    $metadata: { httpStatusCode: 400 },
  });
  const operator = new SFNClient(localConnection(server.endpoint));
  expect((await operator.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
  expect(asked).toEqual([
    ['refused', 'DescribeExecution', { executionArn }],
    ['local', 'ListStateMachines', {}],
  ]);
  for (const client of [refused, operator]) client.destroy();
});

it.each([
  ['localhost', 200],
  ['127.0.0.1:1', 200],
  ['a.example', 400],
  ['localhost.a.example', 400],
])('a page that calls itself %s is answered %s', async (host, status) => {
  const { hostname, port } = new URL(server.endpoint);
  const headers = { host, 'x-amz-target': 'AWSStepFunctions.ListStateMachines' };
  const request = httpRequest({ hostname, port, method: 'POST', headers }).end('{}');
  const [response] = await once(request, 'response');
  const said = JSON.parse(await text(response));
  expect(response.statusCode).toBe(status);
  expect(said.__type).toBe(status === 200 ? undefined : 'AccessDeniedException');
});
