/** Who signs requests to the HTTP API: the operator, and each function or state machine as its role. */
import { LOCAL_CREDENTIALS } from '../connection.ts';
import { LOCAL_ACCOUNT } from '../intrinsics.ts';
import { accessKeyIdOf, type CloudCall } from './authorizer.ts';
import type { Roles } from './roles.ts';

export interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  userArn: string;
  userId: string;
  /** Of a function or a state machine its ARN; the operator may do all. */
  caller?: string;
}

const OPERATOR: Identity = {
  ...LOCAL_CREDENTIALS,
  userArn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/${LOCAL_CREDENTIALS.accessKeyId}`,
  userId: LOCAL_CREDENTIALS.accessKeyId,
};

export class Identities {
  readonly #roles: Roles;
  readonly #onCall: (call: CloudCall) => void;
  readonly #known: Map<string, Identity>;

  /** @param onCall sees every permission that is used */
  constructor(roles: Roles, onCall: (call: CloudCall) => void = () => undefined) {
    this.#roles = roles;
    this.#onCall = onCall;
    this.#known = new Map(
      [OPERATOR, ...roles.callers.map((arn) => asRole(arn, roles.roleOf(arn)!))].map((identity) => [
        identity.accessKeyId,
        identity,
      ]),
    );
  }

  /** Undefined where nobody has this access key. */
  find(accessKeyId: string | undefined): Identity | undefined {
    return accessKeyId === undefined ? undefined : this.#known.get(accessKeyId);
  }

  /** @param resource ARN of an API's method: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/path` */
  mayInvoke({ caller }: Identity, resource: string): boolean {
    if (caller === undefined) return true;
    const request = {
      action: 'execute-api:Invoke',
      resource,
      // In AWS the connection is TLS; here it stays on the loopback interface.
      context: { 'aws:securetransport': 'true' },
    };
    const isAllowed = this.#roles.isAllowed(caller, request);
    if (isAllowed) this.#onCall({ caller, ...request });
    return isAllowed;
  }
}

function asRole(caller: string, role: string): Identity {
  const session = caller.split(':').at(-1)!;
  return {
    accessKeyId: accessKeyIdOf(caller),
    secretAccessKey: LOCAL_CREDENTIALS.secretAccessKey,
    userArn: `arn:aws:sts::${LOCAL_ACCOUNT}:assumed-role/${role}/${session}`,
    userId: `${role}:${session}`,
    caller,
  };
}
