/** The CDK app; no account or network needed to synthesize. */
import { bundleFunctions } from './bundles.ts';
import { gitRevision } from './revision.ts';

// The CDK takes half a second to load: esbuild bundles meanwhile.
const bundled = bundleFunctions();
const [{ App }, { readSettings }, { SettingError }, { createStacks }] = await Promise.all([
  import('aws-cdk-lib'),
  import('./settings.ts'),
  import('./settings/reader.ts'),
  import('./stacks.ts'),
  bundled,
]);

const app = new App();
try {
  createStacks(app, readSettings(app), gitRevision());
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  // Whoever gave it needs the message alone.
  console.error(error.message);
  process.exitCode = 1;
}
