/** An app whose policies lack something fails in the local cloud as it would in AWS. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, inject, it, onTestFinished } from 'vitest';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { TestCloud } from '../../../support/test-cloud.ts';

/** The app without an action in the policies whose logical id begins so. */
async function startWithout(action: string, policy: string): Promise<TestCloud> {
  let removed = 0;
  const app = new TestCloud({
    edit(resources) {
      for (const [id, { Type, Properties }] of Object.entries(resources)) {
        if (Type !== 'AWS::IAM::Policy' || !id.startsWith(policy)) continue;
        const document = Properties!.PolicyDocument as { Statement: { Action: string | string[] }[] };
        for (const statement of document.Statement) {
          const actions = [statement.Action].flat();
          if (!actions.includes(action)) continue;
          removed++;
          statement.Action = actions.filter((other) => other !== action);
        }
        document.Statement = document.Statement.filter(({ Action }) => Action.length > 0);
      }
    },
  });
  onTestFinished(() => app.close());
  await app.start().finally(() => expect(removed).toBe(1));
  return app;
}

/** What a function has logged. */
function logOf(app: TestCloud, fn: string): string {
  const logs = join(app.folder, 'logs');
  const [log] = readdirSync(logs).filter((name) => name.includes(`${fn}Function`));
  return readFileSync(join(logs, log!), 'utf8');
}

it('a function without the right to list is told that it may not, and its log says what', async () => {
  const app = await startWithout('s3:ListBucket', 'PredictFunction');
  expect((await app.ask('/models')).status).toBe(500);
  // Absent, which it must not know.
  expect((await app.ask('/models/mnist')).status).toBe(500);
  expect(logOf(app, 'Predict')).toMatch(
    /PredictFunction\w+ is not authorized to perform s3:ListBucket on .* with prefix/,
  );
});

it.each([
  ['states:StartExecution', '/runs', { config: { model: 'other' } }, 'stateMachine'],
  ['states:StopExecution', '/runs/running/stop', {}, 'execution'],
  ['states:DescribeExecution', '/runs/nobody/stop', {}, 'execution'],
  ['states:ListExecutions', '/runs/nobody/stop', {}, 'stateMachine'],
])(
  'manage without %s is told that it may not, and its log says of what',
  async (action, path, body, kind) => {
    const app = await startWithout(action, 'ManageFunction');
    const stateMachineArn = app.output('stateMachine');
    const start = new StartExecutionCommand({ stateMachineArn, name: 'running', input: '{"seed":1}' });
    await app.client.send(start);
    const response = await app.ask(path, body);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^internal error, request /) });
    const logs = join(app.folder, 'logs');
    const [log] = readdirSync(logs).filter((name) => name.includes('ManageFunction'));
    expect(readFileSync(join(logs, log!), 'utf8')).toMatch(
      new RegExp(
        `ManageFunction\\w+ is not authorized to perform ${action} on arn:aws:states:[^"]*:${kind}:`,
      ),
    );
  },
);

it('manage may not ask for executions of another state machine', async () => {
  const { stateMachines } = describeResources(readAssembly(inject('assembly')), {
    parameters: {},
    endpoint: 'http://127.0.0.1',
  });
  const { arn } = stateMachines.find(({ name }) => name.startsWith('stepnet-training-Import'))!;
  const app = new TestCloud({
    edit(resources) {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type !== 'AWS::Lambda::Function') continue;
        const { Variables } = Properties!.Environment as { Variables: Record<string, unknown> };
        if (Variables.STATE_MACHINE_ARN !== undefined) Variables.STATE_MACHINE_ARN = arn;
      }
    },
  });
  onTestFinished(() => app.close());
  await app.start();
  expect(app.output('importStateMachine')).toBe(arn);
  expect((await app.ask('/runs', { config: {} })).status).toBe(500);
  expect(logOf(app, 'Manage')).toContain(`is not authorized to perform states:DescribeExecution on `);
  const { executions } = await app.client.send(
    new ListExecutionsCommand({ stateMachineArn: app.output('importStateMachine') }),
  );
  expect(executions).toEqual([]);
});

it('a state machine without the right to call its functions does not start', async () => {
  await expect(startWithout('lambda:InvokeFunction', 'ImportRole')).rejects.toThrow(
    /Import\w+: ValidateConfig: its role does not allow lambda:InvokeFunction on arn:aws:lambda:/,
  );
});
