/** The CDK app; no account or network needed to synthesize. */
import { execFileSync } from 'node:child_process';
import { App } from 'aws-cdk-lib';
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
createStacks(app, readSettings(app), gitRevision());
