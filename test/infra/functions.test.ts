/** Each function's size, environment and exactly what it may do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  FUNCTIONS,
  type FunctionName,
  memoryOf,
  SIZES,
  TRAIN_MEMORY_MB,
} from '../../functions/contract/functions.ts';
import { ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../../functions/contract/limits.ts';
import { allResources, type Statement, statementsOf } from './templates.ts';

const BUCKET = { BUCKET_NAME: '<Bucket>' };
const CHECKING = { ...BUCKET, TRAIN_MEMORY_MB: '1769' };
const METERED = { ...BUCKET, METRICS_NAMESPACE: 'stepnet' };

const DOWNLOADING = { ...BUCKET, DATASET_MIRRORS: '<DatasetMirrors>', MIRROR_ACCESS: '<MirrorAccess>' };

/** Where it isn't the bucket's name alone. */
const ENVIRONMENT: Partial<Record<FunctionName, Record<string, unknown>>> = {
  'validate-config': CHECKING,
  'plan-sweep': CHECKING,
  'download-dataset': DOWNLOADING,
  'shard-dataset': DOWNLOADING,
  'start-run': {
    ...METERED,
    TURNS_PER_EXECUTION: String(TURNS_PER_EXECUTION),
    ROUNDS_PER_EXECUTION: String(ROUNDS_PER_EXECUTION),
  },
  'train-chunk': METERED,
  'reduce-round': METERED,
  'import-model': METERED,
  'promote-model': { ...METERED, GIT_REVISION: expect.stringMatching(/^([0-9a-f]{40}|unknown)$/) },
  predict: { ...METERED, DEFAULT_MODEL: 'mnist', AUTH: '{"kind":"none"}', MANAGE: 'auth' },
  manage: { ...CHECKING, STATE_MACHINE_ARN: '<Training>' },
  'plan-batch': { ...BUCKET, DEFAULT_MODEL: 'mnist' },
};

const EXECUTIONS =
  'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":","<Training>"]}]}:*';
/** Besides the bucket: of one state machine. */
const OF_STATES: Partial<Record<FunctionName, Statement[]>> = {
  manage: [
    {
      effect: 'Allow',
      actions: ['states:ListExecutions', 'states:StartExecution'],
      resources: ['<Training>'],
    },
    {
      effect: 'Allow',
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [EXECUTIONS],
    },
  ],
};

/**
 * Of each function by docs/reliability.md: keys in the bucket that it reads, writes, lists besides, and whose uploads it
 * gives up; nothing else of it, and nothing of anything else.
 */
const ROWS = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8').matchAll(
  /^\| ([A-Z]\w+) \|(.*)\|$/gm,
);
const GRANTS = new Map(
  Array.from(ROWS, ([, name, cells]) => [
    name!,
    cells!.split('|').map((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, key]) => key!)),
  ]),
);
const capitalized = (name: string) =>
  name.replace(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

const resources = allResources();
const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
const nameOf = ({ properties }: (typeof functions)[number]) =>
  (properties.Environment as { Variables: Record<string, string> }).Variables.POWERTOOLS_SERVICE_NAME!;
const byName = new Map(functions.map((fn) => [nameOf(fn), fn]));

it("the app's functions are those of the contract", () => {
  expect(functions.map(nameOf).sort()).toEqual([...FUNCTIONS].sort());
});

describe.each(FUNCTIONS)('%s', (name) => {
  const fn = byName.get(name)!;
  const environment = ENVIRONMENT[name] ?? BUCKET;
  const [read, write, list, abort] = GRANTS.get(capitalized(name))!;
  const role = String(fn.properties.Role).replace(/^<(.*)\.Arn>$/, '$1');
  const logs = String((fn.properties.LoggingConfig as { LogGroup: string }).LogGroup).replace(/[<>]/g, '');

  it('runs on Node 24 and arm64 in its size', () => {
    expect(fn.properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: memoryOf(name, TRAIN_MEMORY_MB.default),
      Timeout: SIZES[name].seconds,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.stringMatching(/Logs>$/) },
    });
    // New accounts have ten concurrent executions in all: reserving any could make a deployment fail.
    expect(fn.properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(fn.properties).not.toHaveProperty('VpcConfig');
    expect(fn.properties).not.toHaveProperty('Layers');
  });

  it('has exactly the environment that it reads', () => {
    expect(fn.properties.Environment).toEqual({
      Variables: { POWERTOOLS_SERVICE_NAME: name, ...environment },
    });
  });

  it('may do exactly what it needs', () => {
    const allow = (action: string, keys: string[]): Statement[] =>
      keys.length === 0
        ? []
        : [
            {
              effect: 'Allow',
              actions: [action],
              resources: keys.map((key) => `<Bucket.Arn>/${key}`).sort(),
            },
          ];
    const expected: Statement[] = [
      { effect: 'Allow', actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] },
      {
        effect: 'Allow',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [`<${logs}.Arn>`],
      },
      ...allow('s3:GetObject', read!),
      ...allow('s3:PutObject', write!),
      ...allow('s3:AbortMultipartUpload', abort!),
      ...(OF_STATES[name] ?? []),
    ];
    const statements = statementsOf(role, resources);
    const listing = statements.filter(({ actions }) => actions.includes('s3:ListBucket'));
    expect(byActions(statements.filter((statement) => !listing.includes(statement)))).toEqual(
      byActions(expected),
    );
    if (read!.length === 0) {
      expect(listing).toEqual([]);
      return;
    }
    expect(listing).toHaveLength(1);
    const { condition, ...rest } = listing[0]!;
    expect(rest).toEqual({ effect: 'Allow', actions: ['s3:ListBucket'], resources: ['<Bucket.Arn>'] });
    const prefixes = (condition as { StringLikeIfExists: { 's3:prefix': string | string[] } })
      .StringLikeIfExists['s3:prefix'];
    expect(Object.keys(condition as object)).toEqual(['StringLikeIfExists']);
    // Who may not list a key is told 403 instead of 404 when it is absent.
    expect([prefixes].flat().sort()).toEqual([...list!, ...read!].sort());
  });

  it('is assumed by Lambda alone', () => {
    const { properties } = resources.find(({ id, type }) => type === 'AWS::IAM::Role' && id === role)!;
    expect(properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    });
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
    expect(properties).not.toHaveProperty('Policies');
  });
});

/** CDK merges statements of equal resources; split again by action and sorted, they can be compared. */
function byActions(statements: Statement[]): Statement[] {
  return statements
    .flatMap(({ actions, ...rest }) => actions.map((action) => ({ ...rest, actions: [action] })))
    .sort((a, b) => (a.actions[0]! < b.actions[0]! ? -1 : 1));
}

it('logs are kept for a month', () => {
  const groups = resources.filter(({ type }) => type === 'AWS::Logs::LogGroup');
  expect(groups.length).toBeGreaterThan(FUNCTIONS.length);
  for (const { properties, attributes } of groups) {
    expect(properties.RetentionInDays).toBe(30);
    expect(attributes).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  }
});
