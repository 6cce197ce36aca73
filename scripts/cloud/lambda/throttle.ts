/** Invocations that Lambda turns away, because the account has as many under way as it may. */
import { randomUUID } from 'node:crypto';
import type { Outcome } from './container.ts';

/**
 * As Step Functions names status 429 of Lambda's API: TooManyRequestsException ("Handle Lambda service exceptions", AWS Step
 * Functions Developer Guide).
 */
const THROTTLED = 'Lambda.TooManyRequestsException';

/**
 * The function has not run, and nothing is logged or charged. The message is what Step Functions gives as the cause: a text,
 * no JSON as for an error of a function. It is as in the executions of HumanCellAtlas/data-store#1118 and
 * aws-samples/amazon-textract-idp-cdk-constructs#94.
 */
export const throttled = (requestId: string = randomUUID()): Outcome => ({
  error: {
    errorType: THROTTLED,
    errorMessage: `Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: ${requestId}; Proxy: null)`,
  },
});

export const isThrottled = ({ error }: Outcome): boolean => error?.errorType === THROTTLED;
