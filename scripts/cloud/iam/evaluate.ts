/**
 * Whether policies allow a request ("Policy evaluation logic", AWS IAM User Guide), within one account and without
 * boundaries or session policies. Small and our own: the library that would fit, @cloud-copilot/iam-simulate, is under
 * the AGPL, and this has to refuse what it does not know.
 */
import { type Context, holds } from './conditions.ts';
import { matchesArn, matchesPattern } from './patterns.ts';
import type { Statement } from './policy.ts';

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
