/** Synthesizes the CDK app as `npx cdk synth` does, and keeps the result until a source changes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['core', 'functions', 'infra', 'cdk.json', 'package.json', 'package-lock.json'];

/**
 * @param outputFolder where the assembly goes; its own marker says which sources it was made from
 * @returns the assembly's folder and whether it was made now
 * @throws Error with the CLI's output when synthesis fails
 */
export async function synthesize(outputFolder: string): Promise<{ assembly: string; fresh: boolean }> {
  const assembly = join(outputFolder, 'cdk.out');
  const marker = join(outputFolder, 'cdk.out.sources');
  const digest = sourcesDigest();
  if (readIfThere(marker) === digest) return { assembly, fresh: false };
  mkdirSync(outputFolder, { recursive: true });
  removeLeftovers(outputFolder);
  // Made beside the old one and then put in its place, so that nobody reads half of it.
  const building = `${assembly}.${process.pid}`;
  const cli = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
  try {
    await promisify(execFile)(
      process.execPath,
      [cli, 'synth', '--quiet', '--no-notices', '--output', building],
      { cwd: ROOT, env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } },
    );
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    const { stdout = '', stderr = '' } = error as {
      stdout?: string;
      stderr?: string;
    };
    throw new Error(`cdk synth failed:\n${stdout}${stderr}`, { cause: error });
  }
  rmSync(marker, { force: true });
  rmSync(assembly, { recursive: true, force: true });
  renameSync(building, assembly);
  // Written last: an assembly without its marker is made again.
  writeFileSync(marker, digest);
  return { assembly, fresh: true };
}

/** What a synthesis that was killed has left; others may be at work beside us. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^cdk\.out\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** SHA-256 over the path and content of everything that decides the assembly. */
function sourcesDigest(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesBelow(source)) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

function filesBelow(path: string): string[] {
  if (/\.json$/.test(path)) return [path];
  return readdirSync(join(ROOT, path), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(child) : [child];
    });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
