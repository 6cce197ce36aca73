/**
 * IAM policy documents as statements ("IAM JSON policy elements reference", AWS IAM User Guide), and whether they allow a
 * request ("Policy evaluation logic", there), within one account and without boundaries or session policies. Small and our
 * own: the library that would fit, @cloud-copilot/iam-simulate, is under the AGPL, and this has to refuse what it does not
 * know.
 */
import { type Condition, type Context, holds, parseConditions } from './conditions.ts';
import { matchesArn, matchesPattern } from './patterns.ts';

export interface Statement {
  effect: 'Allow' | 'Deny';
  /** Patterns such as s3:Get*, in any case. */
  actions: string[];
  /** Patterns of ARNs, or *. */
  resources: string[];
  /** All of them have to hold. */
  conditions: Condition[];
  /** ARN of the role that a resource's statement is about; everybody without it. */
  principal?: string;
}

/** Whose policy it is: a role's, or a resource's, whose statements name who is meant. */
export type PolicyKind = 'identity' | 'resource';

type Fields = Record<string, unknown>;
const VERSION = '2012-10-17';
const ELEMENTS = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

/**
 * Reads a document whose references are resolved. Of a resource's policy only statements about everybody, or about one
 * role, are known.
 *
 * @param where named in errors
 * @throws Error for whatever is not known here: a policy that is half understood would be enforced wrongly
 */
export function parsePolicy(document: unknown, kind: PolicyKind, where: string): Statement[] {
  const { Version, Statement, ...more } = document as Fields;
  if (Version !== VERSION) throw unknown(where, 'Version', Version, VERSION);
  const [field] = Object.keys(more);
  if (field !== undefined) throw unknown(where, field, more[field], 'nothing');
  return [Statement].flat().map((statement, index) => {
    return parseStatement(statement as Fields, kind, `${where}: statement ${index}`);
  });
}

function parseStatement(statement: Fields, kind: PolicyKind, where: string): Statement {
  const known = kind === 'resource' ? [...ELEMENTS, 'Principal'] : ELEMENTS;
  const element = Object.keys(statement).find((name) => !known.includes(name));
  if (element !== undefined) throw unknown(where, element, statement[element], `one of ${known.join(', ')}`);
  const { Effect, Action, Resource, Condition, Principal } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw unknown(where, 'Effect', Effect, 'Allow or Deny');
  const everybody = Principal === '*' || JSON.stringify(Principal) === '{"AWS":"*"}';
  const role = kind === 'resource' && !everybody ? roleOf(Principal) : undefined;
  if (kind === 'resource' && !everybody && role === undefined) {
    throw unknown(where, 'Principal', Principal, '"*", {"AWS":"*"} or {"AWS":"arn:aws:iam::…:role/…"}');
  }
  return {
    ...(role === undefined ? {} : { principal: role }),
    effect: Effect,
    actions: patterns(Action, `${where}: Action`),
    resources: patterns(Resource, `${where}: Resource`),
    conditions: parseConditions(Condition ?? {}, where),
  };
}

/** The only principal, where that is a role. */
function roleOf(principal: unknown): string | undefined {
  const { AWS, ...others } = (principal ?? {}) as Record<string, unknown>;
  const isRole = typeof AWS === 'string' && /^arn:aws:iam::\d{12}:role\/\S+$/.test(AWS);
  return isRole && Object.keys(others).length === 0 ? AWS : undefined;
}

function patterns(value: unknown, where: string): string[] {
  const list = [value].flat();
  const wrong = list.find((part) => typeof part !== 'string' || part === '' || part.includes('${'));
  if (list.length === 0 || wrong !== undefined) {
    throw unknown(where, 'pattern', wrong, 'text, and no policy variables');
  }
  return list as string[];
}

function unknown(where: string, field: string, value: unknown, allowed: string): Error {
  return new Error(`${where}: ${field}: got ${JSON.stringify(value)}, expected ${allowed}`);
}

export interface IamRequest {
  /** For example s3:GetObject. */
  action: string;
  /** ARN, or * for actions on nothing in particular. */
  resource: string;
  context: Context;
}

/** Whether the statement is about the request. */
export function applies({ actions, resources, conditions }: Statement, request: IamRequest): boolean {
  const action = request.action.toLowerCase();
  return (
    actions.some((pattern) => matchesPattern(pattern.toLowerCase(), action)) &&
    resources.some((pattern) => matchesArn(pattern, request.resource)) &&
    conditions.every((condition) => holds(condition, request.context))
  );
}

/** @param statements of the caller's role and of the resource's own policy */
export function isAllowed(statements: readonly Statement[], request: IamRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return (
    applying.some(({ effect }) => effect === 'Allow') && applying.every(({ effect }) => effect === 'Allow')
  );
}
