/**
 * Nothing is granted that is not used: everything that the app does is done once in the local cloud, which refuses what
 * the synthesized policies don't allow, and each pattern of each policy must have been asked for.
 */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import type { CloudCall } from '../../../../scripts/cloud/iam/authorizer.ts';
import { applies, type Statement } from '../../../../scripts/cloud/iam/policy.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { proofOnly } from '../../../support/needs.ts';
import { useEverything } from './whole-cloud.ts';

/** What is granted and can't be seen in use here: by whom it is used in AWS. */
const EXCEPTIONS: Record<string, string> = {
  'logs:CreateLogStream': 'Lambda, for the output of a function',
  'logs:PutLogEvents': 'Lambda, for the output of a function',
  'logs:CreateLogDelivery': 'Step Functions, for the log of a state machine',
  'logs:DeleteLogDelivery': 'Step Functions, for the log of a state machine',
  'logs:DescribeLogGroups': 'Step Functions, for the log of a state machine',
  'logs:DescribeResourcePolicies': 'Step Functions, for the log of a state machine',
  'logs:GetLogDelivery': 'Step Functions, for the log of a state machine',
  'logs:ListLogDeliveries': 'Step Functions, for the log of a state machine',
  'logs:PutResourcePolicy': 'Step Functions, for the log of a state machine',
  'logs:UpdateLogDelivery': 'Step Functions, for the log of a state machine',
  'xray:GetSamplingRules': 'Step Functions, for traces',
  'xray:GetSamplingTargets': 'Step Functions, for traces',
  'xray:PutTelemetryRecords': 'Lambda and Step Functions, for traces',
  'xray:PutTraceSegments': 'Lambda and Step Functions, for traces',
  'states:DescribeExecution':
    "Step Functions, for a Distributed Map's parts, which run inside the execution here",
  'states:StopExecution':
    "Step Functions, for a Distributed Map's parts, which run inside the execution here",
  'states:RedriveExecution': "Step Functions, for a Distributed Map's parts, when a batch is redriven",
};

interface Grant {
  caller: string;
  action: string;
  /** Resource, and of a listing its prefix. */
  what: string;
  /** The grant alone. */
  statement: Statement;
}

const assembly = readAssembly(inject('assembly'));
const { roles } = describeResources(assembly, { parameters: {}, endpoint: 'http://127.0.0.1' });
const grants = roles.callers.flatMap((caller) =>
  roles.statementsOf(caller).flatMap((statement) => split(caller, statement)),
);

/** One grant for each action, resource and value of a condition. */
function split(caller: string, statement: Statement): Grant[] {
  const { actions, resources, conditions } = statement;
  const [condition, ...others] = conditions;
  expect(others).toEqual([]);
  return actions.flatMap((action) =>
    resources.flatMap((resource) =>
      (condition?.values ?? [undefined]).map((value): Grant => {
        // IfExists would make a use of one value of a use of any.
        const alone = value === undefined ? [] : [{ ...condition!, values: [value], ifExists: false }];
        return {
          caller,
          action,
          what: value ?? resource,
          statement: { ...statement, actions: [action], resources: [resource], conditions: alone },
        };
      }),
    ),
  );
}

let calls: CloudCall[];
beforeAll(async () => {
  calls = await useEverything();
}, 600_000);

const isUsed = ({ caller, statement }: Grant) =>
  calls.some((call) => call.caller === caller && applies(statement, call));

/** Seeing that a key is absent is a listing, too: it is granted for what is read, and used when something is absent. */
const isAboutAbsence = ({ caller, action, what }: Grant) =>
  action === 's3:ListBucket' &&
  grants.some(
    (other) => other.caller === caller && other.action === 's3:GetObject' && key(other.what) === what,
  ) &&
  calls.some((call) => call.caller === caller && call.action === action);

/** Of an object's ARN. */
const key = (arn: string) => arn.replace(/^arn:aws:s3:::[^/]+\//, '');

const nameOf = (arn: string) =>
  arn
    .split(':')
    .at(-1)!
    .replace(/[0-9A-F]{8}$/, '');

describe('what is granted', proofOnly, () => {
  it('is used, each action on each pattern, or is an exception', () => {
    const unused = grants.filter((grant) => !isUsed(grant) && !isAboutAbsence(grant));
    const unexplained = unused.filter(({ action }) => !Object.hasOwn(EXCEPTIONS, action));
    expect(unexplained.map(({ caller, action, what }) => `${nameOf(caller)}: ${action} ${what}`)).toEqual([]);
    expect([...new Set(unused.map(({ action }) => action))].sort()).toEqual(Object.keys(EXCEPTIONS).sort());
  });

  it('is never everything: no action has a wildcard, and no object is named without its kind', () => {
    for (const { caller, action, what, statement } of grants) {
      expect(action, nameOf(caller)).not.toMatch(/[*?]/);
      if (!action.startsWith('s3:')) continue;
      expect(statement.effect).toBe('Allow');
      expect(key(what), `${nameOf(caller)}: ${action}`).toMatch(
        /^(batches|datasets|imports|map-runs|models|rounds|run-index|runs|sweeps)\//,
      );
    }
  });

  it('is asked for by every function', () => {
    const idle = roles.callers.filter((arn) => !calls.some(({ caller }) => caller === arn));
    expect(idle.map(nameOf)).toEqual([]);
  });
});
