/** Who may do what: the templates' roles with their policies, and which function or state machine has which. */
import { type IamRequest, isAllowed, parsePolicy, type Statement } from './policy.ts';

type Properties = Record<string, unknown>;

export class Roles {
  /** Statements of each role, by its name. */
  readonly #statements = new Map<string, Statement[]>();
  /** Role of each function and state machine, by its ARN. */
  readonly #roles = new Map<string, string>();
  /** Of policies of resources. */
  readonly #resourceStatements: Statement[] = [];

  /** @throws Error when the role has a policy that is not in the templates */
  addRole(name: string, { ManagedPolicyArns = [], Policies = [] }: Properties): void {
    const [managed] = ManagedPolicyArns as string[];
    if (managed !== undefined) {
      throw new Error(`${name}: what ${managed} allows is not in the template: grant what is needed of it`);
    }
    const documents = (Policies as { PolicyName: string; PolicyDocument: unknown }[]).map((policy) =>
      parsePolicy(policy.PolicyDocument, 'identity', `${name}: ${policy.PolicyName}`),
    );
    this.#of(name).push(...documents.flat());
  }

  /** A policy that is attached to roles. */
  addPolicy(name: string, { PolicyDocument, Roles = [] }: Properties): void {
    const statements = parsePolicy(PolicyDocument, 'identity', name);
    for (const role of Roles as string[]) this.#of(role).push(...statements);
  }

  addResourcePolicy(name: string, { PolicyDocument }: Properties): void {
    this.#resourceStatements.push(...parsePolicy(PolicyDocument, 'resource', name));
  }

  /** @param roleArn …:role/{name} */
  assume(arn: string, roleArn: unknown): void {
    if (typeof roleArn !== 'string') throw new Error(`${arn} has no role`);
    this.#roles.set(arn, roleArn.split('/').at(-1)!);
  }

  /** ARNs of all that have a role. */
  get callers(): string[] {
    return [...this.#roles.keys()];
  }

  /** What the caller's role allows. */
  statementsOf(arn: string): readonly Statement[] {
    return this.#statements.get(this.#roles.get(arn) ?? '') ?? [];
  }

  isAllowed(arn: string, request: IamRequest): boolean {
    return isAllowed([...this.statementsOf(arn), ...this.#resourceStatements], request);
  }

  #of(role: string): Statement[] {
    const statements = this.#statements.get(role) ?? [];
    this.#statements.set(role, statements);
    return statements;
  }
}
