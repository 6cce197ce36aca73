/** Mistakes in the local cloud, which has to be as strict as AWS. */
import { type Mutation, mistake } from './mutation.ts';

const STATES = 'test/scripts/cloud/stepfunctions';
const IAM = [
  'test/scripts/cloud/iam/policy.test.ts',
  'test/scripts/cloud/iam/patterns.test.ts',
  'test/scripts/cloud/iam/authorizer.test.ts',
];
const S3 = [
  'test/scripts/cloud/s3/conformance.test.ts',
  'test/scripts/cloud/s3/list.test.ts',
  'test/scripts/cloud/s3/meanwhile.test.ts',
];
const EXECUTION = 'scripts/cloud/stepfunctions/execution.ts';

export const CLOUD: readonly Mutation[] = [
  mistake('256 KiB are counted in characters', EXECUTION, 'Buffer.byteLength(json)', 'json.length', STATES),
  mistake("a task's input may have any size", EXECUTION, 'checkSize("The task\'s input", event)', '', STATES),
  mistake(
    "a task's output may have any size",
    EXECUTION,
    'checkSize("The task\'s output", output)',
    '',
    STATES,
  ),
  mistake(
    "a state's data may have any size",
    EXECUTION,
    'state !== undefined && state.bytes > LIMITS.stateBytes',
    'false',
    STATES,
  ),
  mistake(
    "a state's data is counted in characters",
    'scripts/cloud/stepfunctions/history.ts',
    'Buffer.byteLength(json)',
    'json.length',
    STATES,
  ),
  mistake(
    'a history may have any length',
    EXECUTION,
    'this.history.length >= LIMITS.historyEvents',
    'false',
    [STATES, 'test/scripts/cloud/long-runs'],
  ),
  mistake(
    "the events of a Map's children count for the run",
    'scripts/cloud/stepfunctions/history.ts',
    'isIteration ? this.#maps : this.#childStates',
    'new Set<string>()',
    [STATES, 'test/scripts/cloud/rounds.test.ts'],
  ),
  mistake(
    'a name that was used is used again',
    'scripts/cloud/stepfunctions/service.ts',
    "existing !== undefined && (existing.status !== 'RUNNING' || existing.input !== input)",
    "existing !== undefined && existing.status !== 'RUNNING'",
    STATES,
  ),
  mistake(
    'a page of executions repeats its last one',
    'scripts/cloud/stepfunctions/service.ts',
    'newestFirst ? Math.max(from - size, 0) : Math.min(from + size, items.length)',
    'newestFirst ? Math.max(from - size + 1, 0) : Math.min(from + size, items.length)',
    STATES,
  ),
  mistake(
    'a child that fails fails the Map whatever it tolerates',
    'scripts/cloud/stepfunctions/distributed-map.ts',
    "{ Type: 'Pass', End: true }",
    "{ Type: 'Fail', Error: 'States.ExceedToleratedFailureThreshold' }",
    STATES,
  ),
  mistake(
    'a refusal is overruled by a permission',
    'scripts/cloud/iam/policy.ts',
    "applying.every(({ effect }) => effect === 'Allow')",
    'true',
    IAM,
  ),
  mistake(
    'conditions of policies are ignored',
    'scripts/cloud/iam/policy.ts',
    'conditions.every((condition) => holds(condition, request.context))',
    'true',
    IAM,
  ),
  mistake(
    'a star in an ARN reaches into the next segment',
    'scripts/cloud/iam/patterns.ts',
    'patterns.length === parts.length && patterns.every((part, index) => matchesPattern(part, parts[index]!))',
    'matchesPattern(pattern, arn)',
    IAM,
  ),
  mistake(
    'a condition on what is not there holds',
    'scripts/cloud/iam/conditions.ts',
    'return ifExists',
    'return true',
    IAM,
  ),
  mistake(
    'absent objects can be told from forbidden ones',
    'scripts/cloud/iam/authorizer.ts',
    '!READS.includes(action) || this.#exists(bucket!, key!, version)',
    'true',
    IAM,
  ),
  mistake(
    'If-None-Match on a write is ignored',
    'scripts/cloud/s3/conditions.ts',
    "if (current !== undefined) throw failed('If-None-Match');",
    '',
    S3,
  ),
  mistake('If-Match takes any ETag', 'scripts/cloud/s3/conditions.ts', 'unquote(value) === etag', 'true', S3),
  mistake(
    'a page begins within a common prefix that was listed',
    'scripts/cloud/s3/list.ts',
    'groupOf(query.after, query)',
    'undefined',
    S3,
  ),
  mistake(
    'an upload may be completed though its key was written meanwhile',
    'scripts/cloud/s3/conditions.ts',
    'isDisturbed && condition !== undefined',
    'false',
    S3,
  ),
  mistake(
    'a bundle that takes too long to load is waited for',
    'scripts/cloud/lambda/function-host.ts',
    'const INIT_TIMEOUT_MS = 10_000',
    'const INIT_TIMEOUT_MS = 1_000_000',
    'test/scripts/cloud/lambda',
  ),
  mistake(
    'a binary body reaches the function as text',
    'scripts/cloud/http/payload.ts',
    'body.length > 0 && !isText',
    'false',
    'test/scripts/cloud/http',
  ),
  mistake(
    'a variable in a path wins over the word itself',
    'scripts/cloud/http/routes.ts',
    'rank(a.route.key) - rank(b.route.key)',
    'rank(b.route.key) - rank(a.route.key)',
    'test/scripts/cloud/http',
  ),
  mistake(
    'resources with a Condition are made in any case',
    'scripts/cloud/resources.ts',
    'resource.Condition !== undefined',
    'false',
    'test/scripts/cloud/resources.test.ts',
  ),
];
