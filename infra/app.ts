/** The CDK app; no account or network needed to synthesize. */
import { execFileSync } from 'node:child_process';
import { App } from 'aws-cdk-lib';
import { SettingError } from './settings/reader.ts';
import { readSettings } from './settings.ts';
import { createStacks } from './stacks.ts';

/** Commit for the models' lineage; 'unknown' outside a checkout. */
function gitRevision(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

const app = new App();
try {
  createStacks(app, readSettings(app), gitRevision());
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  // Whoever gave it needs the message alone.
  console.error(error.message);
  process.exitCode = 1;
}
