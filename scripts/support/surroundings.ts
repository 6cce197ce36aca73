/** What this process takes from its surroundings: the shell's settings of AWS and of proxies. */
import { devNull } from 'node:os';

/** Instead of those in ~/.aws. */
export const NO_AWS_FILES = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull };

/**
 * From now on, this process and those that it starts take nothing of it: all that they call is on this machine, and
 * settings for AWS would send them elsewhere, or end them. SDKs and `fetch` look at these variables with each call.
 */
export function stayOnThisMachine(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, NO_AWS_FILES, { AWS_EC2_METADATA_DISABLED: 'true', no_proxy: '*' });
}
