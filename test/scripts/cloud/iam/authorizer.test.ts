/** The local cloud refuses what the policies of its callers don't allow. */
import { describe, expect, it } from 'vitest';
import { Authorizer, accessKeyIdOf, type CloudCall } from '../../../../scripts/cloud/iam/authorizer.ts';
import { Roles } from '../../../../scripts/cloud/iam/roles.ts';
import type { S3Call } from '../../../../scripts/cloud/s3/core.ts';
import { S3Error } from '../../../../scripts/cloud/s3/errors.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:stack-My_Function1';
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:stack-Machine';
const THERE = 'runs/there';

const policy = (...Statement: object[]) => ({
  PolicyDocument: { Version: '2012-10-17', Statement },
  Roles: ['role'],
});
const allow = (Action: string, Resource: string, more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

function authorizerWith(...statements: object[]): { authorizer: Authorizer; calls: CloudCall[] } {
  const roles = new Roles();
  roles.addRole('role', {});
  roles.addPolicy('policy', policy(...statements));
  roles.addResourcePolicy('bucket policy', {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          ...allow('s3:*', '*'),
          Effect: 'Deny',
          Principal: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        { ...allow('s3:*', 'arn:aws:s3:::bucket/denied/*'), Effect: 'Deny', Principal: { AWS: '*' } },
      ],
    },
  });
  roles.assume(FUNCTION, 'arn:aws:iam::000000000000:role/role');
  roles.assume(MACHINE, 'arn:aws:iam::000000000000:role/role');
  const calls: CloudCall[] = [];
  const authorizer = new Authorizer(
    roles,
    (_, key, version = 'there') => key === THERE && version === 'there',
    (call) => calls.push(call),
  );
  return { authorizer, calls };
}

const call = (action: string, key: string | undefined, more: Partial<S3Call> = {}): S3Call => ({
  action,
  bucket: 'bucket',
  key,
  resource: key === undefined ? 'arn:aws:s3:::bucket' : `arn:aws:s3:::bucket/${key}`,
  operation: 'any',
  method: 'GET',
  requestId: '1',
  accessKeyId: accessKeyIdOf(FUNCTION),
  prefix: undefined,
  ...more,
});

const READ = allow('s3:GetObject', 'arn:aws:s3:::bucket/*');
const list = (prefix: string) =>
  allow('s3:ListBucket', 'arn:aws:s3:::bucket', {
    Condition: { StringLikeIfExists: { 's3:prefix': prefix } },
  });

describe('a function', () => {
  it('may do what its role allows, which is seen', () => {
    const { authorizer, calls } = authorizerWith(READ);
    authorizer.checkS3(call('s3:GetObject', THERE));
    expect(calls).toMatchObject([
      { caller: FUNCTION, action: 's3:GetObject', resource: `arn:aws:s3:::bucket/${THERE}` },
    ]);
  });

  it('is denied anything else, with its name, the action and the resource', () => {
    const { authorizer, calls } = authorizerWith(READ);
    const put = () => authorizer.checkS3(call('s3:PutObject', THERE));
    expect(put).toThrow(S3Error);
    expect(put).toThrow(
      'stack-My_Function1 is not authorized to perform s3:PutObject on arn:aws:s3:::bucket/runs/there',
    );
    expect(calls).toEqual([]);
  });

  it("is denied what the bucket's policy denies", () => {
    const { authorizer } = authorizerWith(READ, list('*'));
    expect(() => authorizer.checkS3(call('s3:GetObject', 'denied/x'))).toThrow('not authorized');
  });

  it('lists the prefixes that it may list', () => {
    const { authorizer } = authorizerWith(list('runs/*'));
    authorizer.checkS3(call('s3:ListBucket', undefined, { prefix: 'runs/' }));
    for (const prefix of ['', 'models/', 'run']) {
      const check = () => authorizer.checkS3(call('s3:ListBucket', undefined, { prefix }));
      expect(check, prefix).toThrow(`with prefix "${prefix}"`);
    }
  });

  it('may do with versions what names them, and nothing else', () => {
    const there = { version: 'there' };
    const reader = authorizerWith(READ).authorizer;
    expect(() => reader.checkS3(call('s3:GetObjectVersion', THERE, there))).toThrow('not authorized');
    const versions = allow('s3:GetObjectVersion', 'arn:aws:s3:::bucket/*', {
      Condition: { StringEquals: { 's3:VersionId': ['there', 'gone'] } },
    });
    const { authorizer } = authorizerWith(versions);
    authorizer.checkS3(call('s3:GetObjectVersion', THERE, there));
    expect(() => authorizer.checkS3(call('s3:GetObjectVersion', THERE, { version: 'other' }))).toThrow(
      's3:GetObjectVersion',
    );
    expect(() => authorizer.checkS3(call('s3:GetObjectVersion', THERE, { version: 'gone' }))).toThrow(
      's3:ListBucket',
    );
    expect(() => authorizer.checkS3(call('s3:GetObject', THERE))).toThrow('s3:GetObject');
  });

  it('learns that a key is absent only when it may list it', () => {
    const absent = call('s3:GetObject', 'runs/absent');
    expect(() => authorizerWith(READ).authorizer.checkS3(absent)).toThrow('s3:ListBucket');
    expect(() => authorizerWith(READ, list('models/*')).authorizer.checkS3(absent)).toThrow('runs/absent');
    const strict = allow('s3:ListBucket', 'arn:aws:s3:::bucket', {
      Condition: { StringLike: { 's3:prefix': 'runs/*' } },
    });
    expect(() => authorizerWith(READ, strict).authorizer.checkS3(absent)).toThrow('s3:ListBucket');
    authorizerWith(READ, list('runs/*')).authorizer.checkS3(absent);
  });
});

it('an operator may do all', () => {
  const { authorizer, calls } = authorizerWith();
  for (const accessKeyId of ['local', undefined]) {
    authorizer.checkS3(call('s3:DeleteObject', THERE, { accessKeyId }));
  }
  expect(calls).toEqual([]);
});

describe('a state machine', () => {
  const task = { Type: 'Task', Resource: FUNCTION };
  const map = {
    Type: 'Map',
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, States: { Inner: task } },
  };
  const start = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution',
    Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id' },
  };
  const machine = (States: object) => ({ arn: MACHINE, name: 'machine', definition: { States } });
  const invoke = allow('lambda:InvokeFunction', FUNCTION);
  const begin = allow('states:StartExecution', MACHINE);

  it('may call the functions, and start the executions, that its states name', () => {
    const { authorizer, calls } = authorizerWith(invoke, begin);
    authorizer.checkDefinition(machine({ A: task, B: map, C: start, D: { Type: 'Pass' } }));
    expect(calls.map(({ action }) => action)).toEqual([
      'lambda:InvokeFunction',
      'states:StartExecution',
      'lambda:InvokeFunction',
      'states:StartExecution',
    ]);
  });

  it.each<[string, object[], object, string]>([
    [
      'a function',
      [begin],
      { A: task },
      `machine: A: its role does not allow lambda:InvokeFunction on ${FUNCTION}`,
    ],
    ["a Map's function", [begin], { A: map }, 'machine: Inner: '],
    [
      "a Map's executions",
      [invoke],
      { A: map },
      `machine: A: its role does not allow states:StartExecution on ${MACHINE}`,
    ],
    ['itself again', [invoke], { A: start }, 'states:StartExecution'],
    [
      'what nobody knows',
      [invoke, begin],
      { A: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish' } },
      'not known',
    ],
  ])('may not start without the right to call %s', (_, statements, states, message) => {
    const { authorizer } = authorizerWith(...statements);
    expect(() => authorizer.checkDefinition(machine(states))).toThrow(message);
  });
});

describe('a function that asks Step Functions', () => {
  const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:stack-Machine:run';
  const OTHER = EXECUTION.replace('Machine', 'Other');
  const key = accessKeyIdOf(FUNCTION);

  it.each([
    ['StartExecution', MACHINE, { stateMachineArn: MACHINE, name: 'run' }, { stateMachineArn: OTHER }],
    ['ListExecutions', MACHINE, { stateMachineArn: MACHINE }, { mapRunArn: MACHINE.replace('state', 'map') }],
    ['DescribeStateMachine', MACHINE, { stateMachineArn: MACHINE }, { stateMachineArn: OTHER }],
    ['DescribeExecution', EXECUTION, { executionArn: EXECUTION }, { executionArn: OTHER }],
    ['GetExecutionHistory', EXECUTION, { executionArn: EXECUTION }, { executionArn: OTHER }],
    ['StopExecution', EXECUTION, { executionArn: EXECUTION }, { executionArn: OTHER }],
  ])('may %s where its role says so, and of nothing else', (action, arn, body, other) => {
    const { authorizer, calls } = authorizerWith(allow(`states:${action}`, arn));
    authorizer.checkStates(key, action, body);
    expect(calls).toMatchObject([{ caller: FUNCTION, action: `states:${action}`, resource: arn }]);
    for (const [refused, about] of [
      [action, other],
      ['SendTaskSuccess', body],
      ['ListStateMachines', {}],
    ] as const) {
      expect(() => authorizer.checkStates(key, refused, about)).toThrow(
        expect.objectContaining({
          name: 'AccessDeniedException',
          message: expect.stringContaining(
            `stack-My_Function1 is not authorized to perform states:${refused} on `,
          ),
        }),
      );
    }
  });

  it('is let through as the operator where it is none of the app', () => {
    const { authorizer, calls } = authorizerWith();
    authorizer.checkStates('local', 'StopExecution', { executionArn: EXECUTION });
    authorizer.checkStates(undefined, 'ListStateMachines', {});
    expect(calls).toEqual([]);
  });
});

describe('a Map that writes its results', () => {
  const KEY = 'map-runs/batches/b/id/manifest.json';
  const ACTIONS = ['PutObject', 'GetObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'];
  const granted = (actions: readonly string[]) =>
    actions.map((action) => allow(`s3:${action}`, 'arn:aws:s3:::bucket/map-runs/batches/*'));

  it('needs all that an upload in parts may take, of these keys', () => {
    const { authorizer, calls } = authorizerWith(...granted(ACTIONS));
    authorizer.checkResultWriter(MACHINE, 'bucket', KEY);
    expect(calls.map(({ action }) => action.slice(3))).toEqual(ACTIONS);
    expect(() => authorizer.checkResultWriter(MACHINE, 'bucket', 'map-runs/sweeps/s')).toThrow(
      'not authorized',
    );
  });

  it.each(ACTIONS)('is refused without s3:%s', (missing) => {
    const { authorizer } = authorizerWith(...granted(ACTIONS.filter((action) => action !== missing)));
    expect(() => authorizer.checkResultWriter(MACHINE, 'bucket', KEY)).toThrow(
      `stack-Machine is not authorized to perform s3:${missing} on arn:aws:s3:::bucket/${KEY}`,
    );
  });
});

it('a role whose policies are elsewhere is refused', () => {
  const managed = { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };
  expect(() => new Roles().addRole('role', managed)).toThrow(
    'AdministratorAccess allows is not in the template',
  );
  expect(() => new Roles().assume(FUNCTION, undefined)).toThrow('has no role');
});
