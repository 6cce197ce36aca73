/** Which errors the state machine tries again, and how long it waits. */
import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { RETRIES } from '../functions/contract/limits.ts';

/** Of all retriers: full jitter draws each wait from 0 to what it may be, so that many don't come back at the same moment. */
const WAITS = { interval: Duration.seconds(2), backoffRate: 2, jitterStrategy: JitterType.FULL };

/**
 * Trouble of the services, not of the request: Lambda's own errors, a sandbox that died, and S3 that did not answer.
 * Everything else (a wrong config, a wrong hash) fails the same way again, so it is not tried again.
 *
 * Waits of at most 2, 4, 8, 16 and 30 s. Together they are 30 s on average, and 13 s or more in 19 cases of 20: that long a
 * failover is ridden out.
 */
export const SERVICE_RETRY = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.Unknown',
    'Runtime.ExitError',
    'Sandbox.Timedout',
    'StorageUnavailableError',
  ],
  ...WAITS,
  maxAttempts: RETRIES.most,
  maxDelay: Duration.seconds(30),
} satisfies RetryProps;

/**
 * How long a state waits for its place while the account's concurrency is used up, which may be until another job ends: in
 * 19 cases of 20 three hours where an item of a Distributed Map has a history of its own, and an hour in the history that it
 * shares with others. Waits are of at most 2, 4, 8, 16, 32 and then 60 s: a place
 * that comes free is found within half a minute.
 */
export type Patience = keyof typeof RETRIES.throttles;

export const throttleRetry = (patience: Patience) =>
  ({
    errors: ['Lambda.TooManyRequestsException'],
    ...WAITS,
    maxAttempts: RETRIES.throttles[patience],
    maxDelay: Duration.seconds(60),
  }) satisfies RetryProps;

/** Of a download whose time was over before all files were there: the next attempt brings the others. */
export const DOWNLOAD_RETRY: RetryProps = {
  errors: ['DownloadUnfinishedError'],
  interval: Duration.seconds(1),
  backoffRate: 1,
  maxAttempts: RETRIES.downloads,
};

/**
 * Of starting an execution, whatever is wrong: a second start by the same name and input is the first, and of the
 * service's many errors none is worth losing a run for.
 */
export const START_RETRY: RetryProps = { ...SERVICE_RETRY, errors: ['States.TaskFailed', 'States.Timeout'] };
