/**
 * Holds functions and state machines to the policies that were synthesized for them, so that a missing permission fails
 * here as it would in AWS. Whoever calls from outside, such as a command, is the operator and may do all.
 */
import type { StateMachineResource } from '../resources.ts';
import type { S3Call } from '../s3/core.ts';
import { S3Error } from '../s3/errors.ts';
import { allStates, isDistributed } from '../stepfunctions/asl/definition.ts';
import { ServiceError } from '../stepfunctions/requests.ts';
import type { Context } from './conditions.ts';
import type { IamRequest } from './policy.ts';
import type { Roles } from './roles.ts';

/** One use of a permission by a function or a state machine. */
export interface CloudCall extends IamRequest {
  /** ARN of the function or the state machine. */
  caller: string;
}

/** Whether the bucket has an object of this key, or this version of one. */
type Exists = (bucket: string, key: string, version?: string) => boolean;

/** What may tell that a key is absent. */
const READS = ['s3:GetObject', 's3:GetObjectVersion'];

/** "IAM policies for ResultWriter" in the Developer Guide: large files are uploaded in parts. */
const RESULT_WRITER = [
  's3:PutObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:AbortMultipartUpload',
];

/** Connections between functions and services are TLS in AWS; here they stay on the loopback interface. */
const HTTPS = { 'aws:securetransport': 'true' };
const TLS = { ...HTTPS, 's3:tlsversion': '1.3' };

/**
 * What an action of Step Functions is about: the request's field with its ARN ("Actions, resources, and condition keys for
 * AWS Step Functions", Service Authorization Reference). Others are about nothing in particular.
 */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  StartExecution: ['stateMachineArn'],
  ListExecutions: ['stateMachineArn', 'mapRunArn'],
  DescribeStateMachine: ['stateMachineArn'],
  DescribeExecution: ['executionArn'],
  GetExecutionHistory: ['executionArn'],
  StopExecution: ['executionArn'],
};

/** What a caller signs with: its name without what access keys can't hold. */
export const accessKeyIdOf = (arn: string): string =>
  arn
    .split(':')
    .at(-1)!
    .replace(/[^A-Za-z0-9]/g, '');

export class Authorizer {
  readonly #roles: Roles;
  readonly #exists: Exists;
  readonly #onCall: (call: CloudCall) => void;
  readonly #callers: Map<string, string>;

  /**
   * @param onCall sees every permission that is used
   */
  constructor(roles: Roles, exists: Exists, onCall: (call: CloudCall) => void = () => undefined) {
    this.#roles = roles;
    this.#exists = exists;
    this.#onCall = onCall;
    this.#callers = new Map(roles.callers.map((arn) => [accessKeyIdOf(arn), arn]));
  }

  /** @throws S3Error AccessDenied */
  checkS3({ accessKeyId, action, bucket, key, version, resource, prefix }: S3Call): void {
    const caller = this.#callers.get(accessKeyId ?? '');
    if (caller === undefined) return;
    this.#require(caller, {
      action,
      resource,
      context: { ...TLS, ...asPrefix(prefix), ...asVersion(version) },
    });
    if (!READS.includes(action) || this.#exists(bucket!, key!, version)) return;
    // Who may not list must not learn that a key is absent ("GetObject", Amazon S3 API Reference). The reference does
    // not say with which s3:prefix that is decided, and reports differ: the key itself, or none. Both have to be allowed.
    for (const assumed of [undefined, key]) {
      const context = { ...TLS, ...asPrefix(assumed) };
      this.#require(caller, { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, context });
    }
  }

  /**
   * Holds against its role what a definition names: AWS finds out when the execution comes there, which may be hours.
   * @throws Error naming the state and what its role does not allow
   */
  checkDefinition({ arn, name, definition }: StateMachineResource): void {
    for (const { name: stateName, state } of allStates(definition)) {
      const request = requestOf(state, arn);
      if (request === undefined) continue;
      if (!this.#roles.isAllowed(arn, request)) {
        throw new Error(
          `${name}: ${stateName}: its role does not allow ${request.action} on ${request.resource}`,
        );
      }
      this.#onCall({ caller: arn, ...request });
    }
  }

  /** @throws S3Error AccessDenied where a Map may not write its results in all the ways that AWS may take */
  checkResultWriter(arn: string, bucket: string, key: string): void {
    const resource = `arn:aws:s3:::${bucket}/${key}`;
    for (const action of RESULT_WRITER) this.#require(arn, { action, resource, context: TLS });
  }

  /**
   * @param accessKeyId of who signed the request
   * @throws ServiceError AccessDeniedException
   */
  checkStates(
    accessKeyId: string | undefined,
    action: string,
    body: Readonly<Record<string, unknown>>,
  ): void {
    const caller = this.#callers.get(accessKeyId ?? '');
    if (caller === undefined) return;
    const arn = ABOUT[action]?.map((field) => body[field]).find((value) => value !== undefined);
    const request = { action: `states:${action}`, resource: String(arn ?? '*'), context: HTTPS };
    const refusal = this.#refusal(caller, request);
    if (refusal !== undefined) throw new ServiceError('AccessDeniedException', refusal);
  }

  #require(caller: string, request: IamRequest): void {
    const refusal = this.#refusal(caller, request);
    if (refusal !== undefined) throw new S3Error('AccessDenied', refusal);
  }

  /** Why the caller may not; undefined where it may. */
  #refusal(caller: string, request: IamRequest): string | undefined {
    if (this.#roles.isAllowed(caller, request)) {
      this.#onCall({ caller, ...request });
      return undefined;
    }
    const name = caller.split(':').at(-1);
    const prefix = request.context['s3:prefix'];
    const where = prefix === undefined ? '' : ` with prefix ${JSON.stringify(prefix)}`;
    return `${name} is not authorized to perform ${request.action} on ${request.resource}${where}`;
  }
}

const asPrefix = (prefix: string | undefined): Context =>
  prefix === undefined ? {} : { 's3:prefix': prefix };

const asVersion = (version: string | undefined): Context =>
  version === undefined ? {} : { 's3:versionid': version };

/**
 * The permission that a state needs ("IAM policies for integrated services" and "IAM policies for using Distributed Map
 * states", AWS Step Functions Developer Guide). What a Map reads, it asks S3 for.
 *
 * @param own ARN of the state machine itself
 */
function requestOf(state: Record<string, unknown>, own: string): IamRequest | undefined {
  if (isDistributed(state)) return { action: 'states:StartExecution', resource: own, context: {} };
  if (state.Type !== 'Task') return undefined;
  const { Resource, Parameters = {} } = state;
  const resource = String(Resource);
  if (resource.includes(':lambda:')) return { action: 'lambda:InvokeFunction', resource, context: {} };
  const isOwn = (Parameters as Record<string, unknown>)['StateMachineArn.$'] === '$$.StateMachine.Id';
  if (/:states:startExecution$/.test(resource) && isOwn) {
    return { action: 'states:StartExecution', resource: own, context: {} };
  }
  throw new Error(`what permission a Task of ${resource} needs is not known to the local cloud`);
}
