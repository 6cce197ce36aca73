/** Which errors the state machine tries again, and how long it waits. */
import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { RETRIES } from '../functions/contract/limits.ts';

/**
 * Trouble of the services, not of the request: Lambda's own errors, a sandbox that died, and S3 that did not answer.
 * Everything else (a wrong config, a wrong hash) fails the same way again, so it is not tried again.
 *
 * Waits of at most 2, 4, 8, 16 and 30 s. Full jitter draws each wait from 0 to that, so that many runs don't come back at
 * the same moment. Together they are 30 s on average, and 13 s or more in 19 cases of 20: that long a throttle or a
 * failover is ridden out.
 */
export const SERVICE_RETRY = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
    'Lambda.Unknown',
    'Runtime.ExitError',
    'Sandbox.Timedout',
    'StorageUnavailableError',
  ],
  interval: Duration.seconds(2),
  maxAttempts: RETRIES.most,
  backoffRate: 2,
  maxDelay: Duration.seconds(30),
  jitterStrategy: JitterType.FULL,
} satisfies RetryProps;

/**
 * Of starting an execution, whatever is wrong: a second start by the same name and input is the first, and of the
 * service's many errors none is worth losing a run for.
 */
export const START_RETRY: RetryProps = { ...SERVICE_RETRY, errors: ['States.TaskFailed', 'States.Timeout'] };
