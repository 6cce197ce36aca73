/** Mistakes in what the app is made from and installed with. */
import { type Mutation, mistake } from './mutation.ts';

const SYNTHESIS = 'test/scripts/build/synthesize.test.ts';

export const IN_BUILDS: readonly Mutation[] = [
  mistake(
    'an assembly is kept when the settings of TypeScript change',
    'scripts/build/synthesize.ts',
    "'tsconfig.json'",
    "'README.md'",
    SYNTHESIS,
  ),
  mistake(
    'an assembly is kept when other packages are installed',
    'scripts/build/synthesize.ts',
    "'node_modules/.package-lock.json'",
    "'node_modules/.bin/none'",
    SYNTHESIS,
  ),
  mistake(
    'npm start synthesizes other files than npx cdk synth',
    'scripts/build/synthesize.ts',
    "'aws:cdk:enable-asset-metadata': true",
    "'aws:cdk:enable-asset-metadata': false",
    SYNTHESIS,
  ),
  mistake(
    'a damaged assembly is used',
    'scripts/build/synthesize.ts',
    'kept === markerOf(sources, assembly)',
    'true',
    SYNTHESIS,
  ),
  mistake(
    'what V8 compiled of the functions goes into the assembly',
    'scripts/cloud/cloud.ts',
    "resolve(assemblyFolder, '../compiled')",
    "join(assemblyFolder, '../compiled')",
    'test/scripts/commands/start.test.ts',
  ),
  mistake(
    'a tool of another version is taken for the one of the lock file',
    'scripts/build/tools.ts',
    'JSON.parse(installed).version !== packages[path]!.version',
    'false',
    'test/scripts/build/tools.test.ts',
  ),
];
