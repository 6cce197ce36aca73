/** What a function finds in its environment. */
import { ENV } from '../contract/environment.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { createS3Store } from '../store/s3-store.ts';

/** @throws Error naming the variable when it is not set: the deployment is wrong, not the request. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** The app's bucket. @throws Error when the environment doesn't name it */
export const bucketStore = (): ObjectStore => createS3Store(requireEnv(ENV.bucket));
