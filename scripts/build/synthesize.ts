/** Synthesizes the CDK app, and keeps the result until a source or a setting changes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gitRevision } from '../../infra/revision.ts';
import { readIfThere, writeWhole } from '../support/files.ts';
import { isAlive } from '../support/programs.ts';
import { adviceInWords } from '../support/trouble.ts';

const ROOT = join(import.meta.dirname, '../..');
/**
 * How the app is deployed on this machine unless somebody asks for something else: the gateway holds callers to what the
 * template says, and here nobody has an account. Who may call may also start runs. What cdk.json says for AWS is set back, as an empty value is none.
 */
export const LOCAL_SETTINGS: Settings = {
  auth: 'none',
  manage: 'auth',
  jwtIssuer: '',
  jwtAudience: '',
  jwtLogin: '',
};

/** Values of `-c` by name, as `cdk deploy` takes them. */
export type Settings = Readonly<Record<string, string>>;

/** What an assembly is made from. esbuild reads tsconfig.json, too. */
const SOURCES = [
  'core',
  'functions',
  'infra',
  'cdk.json',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];
/** The packages that npm has installed, which the lock file may be ahead of, and what the CDK's CLI has looked up. */
const SOURCES_IF_THERE = ['node_modules/.package-lock.json', 'cdk.context.json'];
/** What the CLI adds to the context; bundles are made of all stacks' functions. */
const CLI_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
  'aws:cdk:bundling-stacks': ['**'],
};

/**
 * Makes the files that `npx cdk synth` makes, in about half of the time: by the app alone, without the CLI and without the CDK's
 * check against CloudFormation's schemas, which `cdk synth`, `cdk deploy` and a test have.
 *
 * @param outputFolder where the assembly goes; its own marker says which sources and settings it was made from, and what
 * it holds
 * @returns the assembly's folder and whether it was made now
 * @throws Error with the app's words when it fails
 */
export async function synthesize(
  outputFolder: string,
  settings = LOCAL_SETTINGS,
): Promise<{ assembly: string; fresh: boolean }> {
  const assembly = join(outputFolder, 'cdk.out');
  const marker = join(outputFolder, 'cdk.out.sources');
  // Versions name the commit, and so the functions have it in their environment.
  const sources = `${digestOfSources(ROOT)} ${gitRevision()} ${JSON.stringify(settings)}`;
  if (isMarked(marker, sources, assembly)) return { assembly, fresh: false };
  mkdirSync(outputFolder, { recursive: true });
  removeLeftovers(outputFolder);
  // Made beside the old one and then put in its place, so that nobody reads half of it.
  const building = `${assembly}.${process.pid}`;
  try {
    await runApp(building, settings);
    // Another process may have made the same meanwhile, and have begun to read it.
    if (isMarked(marker, sources, assembly)) return { assembly, fresh: false };
    // Taken of what was made here: in its place may soon stand what another process has made of other sources.
    const made = markerOf(sources, building);
    rmSync(marker, { force: true });
    replaceFolder(assembly, building);
    // Written last: an assembly without its marker is made again.
    writeWhole(marker, made);
    return { assembly, fresh: true };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function runApp(output: string, settings: Settings): Promise<void> {
  const watch = pathToFileURL(join(import.meta.dirname, '../support/watch-command.cjs'));
  const environment = {
    ...process.env,
    CDK_OUTDIR: output,
    CDK_CONTEXT_JSON: JSON.stringify({ ...projectContext(), ...CLI_CONTEXT, ...settings }),
    CDK_VALIDATION: 'false',
    // It must not outlive this process, or it would write on beside the next start.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${watch}`.trim(),
    STEPNET_COMMAND: String(process.pid),
  };
  try {
    await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: ROOT, env: environment });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = `${stdout}${stderr}`;
    const advice = adviceInWords(words);
    throw new Error(`synthesis failed:\n${words}${advice === undefined ? '' : `\n${advice}`}`, {
      cause: error,
    });
  }
}

/** The context of the project's own files; the CLI would add that of ~/.cdk.json, which is no source of this project. */
function projectContext(): Record<string, unknown> {
  const lookedUp = readIfThere(join(ROOT, 'cdk.context.json'));
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  return { ...(lookedUp !== undefined && JSON.parse(lookedUp)), ...context };
}

/** Puts the folder in the place of another, and of what other processes put there meanwhile. */
function replaceFolder(place: string, by: string): void {
  for (;;) {
    rmSync(place, { recursive: true, force: true });
    try {
      renameSync(by, place);
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
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

/** Whether the assembly is there, whole, and of these sources: one that lost a file would be found out by a function that doesn't load. */
function isMarked(marker: string, sources: string, assembly: string): boolean {
  const kept = readIfThere(marker);
  if (kept?.startsWith(`${sources}\n`) !== true || !existsSync(assembly)) return false;
  try {
    return kept === markerOf(sources, assembly);
  } catch (error) {
    // Another process takes it away.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function markerOf(sources: string, assembly: string): string {
  return `${sources}\n${digestOf(assembly, readdirSync(assembly).sort())}\n`;
}

/** SHA-256 of all that decides what an assembly of the project in this folder holds, but for the settings and the commit. */
export const digestOfSources = (root: string): string =>
  digestOf(root, [...SOURCES, ...SOURCES_IF_THERE.filter((path) => existsSync(join(root, path)))]);

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
