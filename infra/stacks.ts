/** The app's five stacks. */
import { Annotations, type App, Tags } from 'aws-cdk-lib';
import { STEPFUNCTIONS_USE_DISTRIBUTED_MAP_RESULT_WRITER_V2 } from 'aws-cdk-lib/cx-api';
import { BatchStack } from './batch-stack.ts';
import { ServingStack } from './serving-stack.ts';
import { widthNote } from './settings/sizes.ts';
import type { Settings } from './settings.ts';
import { StorageStack } from './storage-stack.ts';
import { SweepStack } from './sweep-stack.ts';
import { TrainingStack } from './training-stack.ts';

export function createStacks(app: App, settings: Settings, gitRevision: string): void {
  // Without it, CDK leaves the result writers of Maps out and says nothing.
  app.node.setContext(STEPFUNCTIONS_USE_DISTRIBUTED_MAP_RESULT_WRITER_V2, true);
  const { bucket } = new StorageStack(app, `${settings.name}-storage`, settings);
  const training = new TrainingStack(app, `${settings.name}-training`, { bucket, gitRevision, ...settings });
  new ServingStack(app, `${settings.name}-serving`, { bucket, training: training.machine, ...settings });
  new BatchStack(app, `${settings.name}-batch`, { bucket, ...settings });
  new SweepStack(app, `${settings.name}-sweep`, { bucket, training: training.functions, ...settings });
  const note = widthNote(settings);
  if (note !== undefined) Annotations.of(training).addInfo(note);
  Tags.of(app).add('application', settings.name);
}
