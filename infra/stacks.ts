/** The app's four stacks. */
import { type App, Tags } from 'aws-cdk-lib';
import { BatchStack } from './batch-stack.ts';
import { ServingStack } from './serving-stack.ts';
import type { Settings } from './settings.ts';
import { StorageStack } from './storage-stack.ts';
import { TrainingStack } from './training-stack.ts';

export function createStacks(app: App, settings: Settings, gitRevision: string): void {
  const { bucket } = new StorageStack(app, `${settings.name}-storage`, settings);
  new TrainingStack(app, `${settings.name}-training`, { bucket, gitRevision, ...settings });
  new ServingStack(app, `${settings.name}-serving`, { bucket, ...settings });
  new BatchStack(app, `${settings.name}-batch`, { bucket, ...settings });
  Tags.of(app).add('application', settings.name);
}
