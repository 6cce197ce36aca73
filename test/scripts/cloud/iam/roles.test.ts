/** Whom policies of resources, and AWS's own policies, are about. */
import { expect, it } from 'vitest';
import { Roles } from '../../../../scripts/cloud/iam/roles.ts';

const fn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const roleArn = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
};
const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const DELETE = { action: 's3:DeleteObject', resource: 'arn:aws:s3:::b/key', context: {} };

function rolesOf(principal: unknown, managed: string[] = []): Roles {
  const roles = new Roles();
  for (const name of ['one', 'other']) {
    roles.addRole(name, { AssumeRolePolicyDocument: trust, ManagedPolicyArns: managed });
    roles.assume(fn(name), roleArn(name));
  }
  const statement = { Effect: 'Allow', Action: 's3:DeleteObject*', Resource: 'arn:aws:s3:::b/*' };
  const document = { Version: '2012-10-17', Statement: [{ ...statement, Principal: principal }] };
  roles.addResourcePolicy('policy', { PolicyDocument: document });
  return roles;
}

it("a resource's policy may be about one role, and allows no other anything", () => {
  const roles = rolesOf({ AWS: roleArn('one') });
  expect(['one', 'other'].map((name) => roles.isAllowed(fn(name), DELETE))).toEqual([true, false]);
  const everybody = rolesOf('*');
  expect(['one', 'other'].map((name) => everybody.isAllowed(fn(name), DELETE))).toEqual([true, true]);
});

it.each([
  { AWS: [roleArn('one'), roleArn('other')] },
  { Service: 'lambda.amazonaws.com' },
  { AWS: roleArn('one'), Service: 'lambda.amazonaws.com' },
  { AWS: 'arn:aws:iam::000000000000:root' },
])('refuses a policy about %j', (principal) => {
  expect(() => rolesOf(principal)).toThrow('policy: statement 0: Principal: got');
});

it("knows of AWS's own policies the one that lets functions log, and no others", () => {
  const log = { action: 'logs:PutLogEvents', resource: '*', context: {} };
  const roles = rolesOf('*', [BASIC]);
  expect(roles.isAllowed(fn('one'), log)).toBe(true);
  expect(roles.isAllowed(fn('one'), { ...log, action: 'logs:DeleteLogGroup' })).toBe(false);
  expect(() => rolesOf('*', ['arn:aws:iam::aws:policy/AdministratorAccess'])).toThrow(
    'AdministratorAccess allows',
  );
});
