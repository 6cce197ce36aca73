/** What every step of the state machines does around its work: one handler for Lambda, and what it finds in its environment. */
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { createS3Store } from '../store/s3-store.ts';

/** What Lambda says of an invocation. */
export interface Invocation {
  /** The function's memory. */
  memoryMb: number;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
}

export interface StepDefinition<Event extends z.ZodType, Result extends z.ZodType, Services> {
  event: Event;
  result: Result;
  /** Ids to search the logs for, e.g. `{ runId }`. */
  ids: (event: z.output<Event>) => Record<string, string>;
  /**
   * What the work needs from the environment: its variables, the bucket, clocks. Made at the invocation's begin, and
   * named by the step itself, so that a bundle holds no client that its step doesn't use.
   */
  services: (invocation: Invocation) => Services;
  run: (event: z.output<Event>, services: Services) => z.input<Result> | Promise<z.input<Result>>;
}

/**
 * The handler of a step, which throws ConfigError for an event or a result that isn't of its schema, besides what
 * `services` and `run` throw. Their names are what the state machine matches.
 */
export function defineStep<Event extends z.ZodType, Result extends z.ZodType, Services>(
  step: StepDefinition<Event, Result, Services>,
): (event: unknown, context: Context) => Promise<z.output<Result>> {
  return async (event, context) => {
    const services = step.services({
      memoryMb: Number(context.memoryLimitInMB),
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
    const request = parsePayload(step.event, event, 'event');
    logInvocation(context, step.ids(request));
    return parsePayload(step.result, await step.run(request, services), 'result');
  };
}

/** @throws Error naming the variable when it is not set: the deployment is wrong, not the request. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** Memory in MB of the functions that train. @throws Error when the environment doesn't say it */
export const trainMemoryMb = (): number => Number(requireEnv(ENV.trainMemoryMb));

/** The app's bucket. @throws Error when the environment doesn't name it */
export const bucketStore = (): ObjectStore => createS3Store(requireEnv(ENV.bucket));
