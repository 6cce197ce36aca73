/** The CDK app: four stacks, no account or network needed to synthesize. */
import { execFileSync } from 'node:child_process';
import { App, Tags } from 'aws-cdk-lib';
import { BatchStack } from './batch-stack.ts';
import { ServingStack } from './serving-stack.ts';
import { readSettings } from './settings.ts';
import { StorageStack } from './storage-stack.ts';
import { TrainingStack } from './training-stack.ts';

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
const settings = readSettings(app);
const storage = new StorageStack(app, `${settings.name}-storage`, settings);
new TrainingStack(app, `${settings.name}-training`, {
  bucket: storage.bucket,
  gitRevision: gitRevision(),
  ...settings,
});
new ServingStack(app, `${settings.name}-serving`, { bucket: storage.bucket, ...settings });
new BatchStack(app, `${settings.name}-batch`, { bucket: storage.bucket, ...settings });
Tags.of(app).add('application', settings.name);
