/** Synthesizes the CDK app as `npx cdk synth` does, and keeps the result until a source or a setting changes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { readIfThere, writeWhole } from '../support/files.ts';
import { isAlive } from '../support/programs.ts';
import { stayOnThisMachine } from '../support/surroundings.ts';
import { adviceInWords } from '../support/trouble.ts';

const ROOT = join(import.meta.dirname, '../..');
/**
 * How the app is deployed on this machine unless somebody asks for something else: the gateway holds callers to what the
 * template says, and here nobody has an account. What cdk.json says for AWS is set back, as an empty value is none.
 */
export const LOCAL_SETTINGS: Settings = { auth: 'none', jwtIssuer: '', jwtAudience: '', jwtLogin: '' };

/** Values of `-c` by name, as `cdk deploy` takes them. */
export type Settings = Readonly<Record<string, string>>;

const SOURCES = ['core', 'functions', 'infra', 'cdk.json', 'package.json', 'package-lock.json'];

/**
 * @param outputFolder where the assembly goes; its own marker says which sources and settings it was made from, and what
 * it holds
 * @returns the assembly's folder and whether it was made now
 * @throws Error with the CLI's output when synthesis fails
 */
export async function synthesize(
  outputFolder: string,
  settings = LOCAL_SETTINGS,
): Promise<{ assembly: string; fresh: boolean }> {
  const assembly = join(outputFolder, 'cdk.out');
  const marker = join(outputFolder, 'cdk.out.sources');
  const sources = `${digestOf(ROOT, SOURCES)} ${JSON.stringify(settings)}`;
  // One that lost a file, or half of it, would be found out by a function that doesn't load.
  if (existsSync(assembly) && readIfThere(marker) === markerOf(sources, assembly)) {
    return { assembly, fresh: false };
  }
  mkdirSync(outputFolder, { recursive: true });
  removeLeftovers(outputFolder);
  // Made beside the old one and then put in its place, so that nobody reads half of it.
  const building = `${assembly}.${process.pid}`;
  const cli = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
  try {
    await promisify(execFile)(
      process.execPath,
      [
        cli,
        'synth',
        '--quiet',
        '--no-notices',
        '--output',
        building,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { cwd: ROOT, env: environment() },
    );
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = `${stdout}${stderr}`;
    const advice = adviceInWords(words);
    throw new Error(`cdk synth failed:\n${words}${advice === undefined ? '' : `\n${advice}`}`, {
      cause: error,
    });
  }
  rmSync(marker, { force: true });
  rmSync(assembly, { recursive: true, force: true });
  renameSync(building, assembly);
  // Written last: an assembly without its marker is made again.
  writeWhole(marker, markerOf(sources, assembly));
  return { assembly, fresh: true };
}

/** The CLI, the app and what they run must not outlive this process, or they would write on beside the next start. */
function environment(): NodeJS.ProcessEnv {
  // The CLI would ask AWS for the account of the shell's credentials.
  stayOnThisMachine();
  const watch = pathToFileURL(join(import.meta.dirname, '../support/watch-command.cjs'));
  return {
    ...process.env,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${watch}`.trim(),
    STEPNET_COMMAND: String(process.pid),
  };
}

/** What a synthesis that was killed has left; others may be at work beside us. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^cdk\.out\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Its last processes may need a moment to end, and write until then.
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function markerOf(sources: string, assembly: string): string {
  return `${sources}\n${digestOf(assembly, readdirSync(assembly).sort())}\n`;
}

/** SHA-256 over the path and content of all files at and below `entries` of the folder. */
function digestOf(folder: string, entries: readonly string[]): string {
  const hash = createHash('sha256');
  for (const entry of entries) {
    for (const file of filesBelow(folder, entry))
      hash.update(`${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

function filesBelow(folder: string, path: string): string[] {
  if (!statSync(join(folder, path)).isDirectory()) return [path];
  return readdirSync(join(folder, path))
    .sort()
    .flatMap((name) => filesBelow(folder, `${path}/${name}`));
}
