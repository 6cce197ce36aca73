/**
 * The packages of scripts/build/tools: compilers, linter, and what single tests need. `npm ci` leaves them out, since nobody
 * who only runs the app needs them; what needs them starts with this file, which installs those that are missing. Their
 * versions stand in the project's one lock file.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runIfStarted } from '../cli/command.ts';
import { readIfThere } from '../support/files.ts';
import { runNpm } from '../support/programs.ts';

const ROOT = join(import.meta.dirname, '../..');
export const TOOLS_FOLDER = 'scripts/build/tools';

interface LockedPackage {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
type Locked = Readonly<Record<string, LockedPackage>>;

/**
 * Tools, and packages that they need, that are not installed as the lock file has them: their folders.
 *
 * @param root of the project
 */
export function missingTools(root = ROOT): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Locked;
  };
  return [...neededBy(TOOLS_FOLDER, packages)].filter((path) => {
    const installed = readIfThere(join(root, path, 'package.json'));
    return installed === undefined || JSON.parse(installed).version !== packages[path]!.version;
  });
}

/** Folders of what a package needs, and what that needs; optional ones are those of one platform each, and left out. */
function neededBy(folder: string, packages: Locked, found = new Set<string>()): Set<string> {
  const { dependencies, devDependencies } = packages[folder]!;
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const path = placeOf(name, folder, packages);
    if (found.has(path)) continue;
    found.add(path);
    neededBy(path, packages, found);
  }
  return found;
}

/** Where Node finds a package from a folder: in the nearest `node_modules` above. @throws Error when the lock file has none */
function placeOf(name: string, folder: string, packages: Locked): string {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name).replaceAll('\\', '/');
    if (path in packages) return path;
    if (at === '.') throw new Error(`package-lock.json: ${name}, which ${folder} needs, is not there`);
  }
}

/** @throws Error when npm can't install what is missing */
export function installTools(): void {
  const missing = missingTools();
  if (missing.length === 0) return;
  console.error(
    `installing ${missing.length} packages for checks, tests and builds, which npm start does not need`,
  );
  runNpm('install', '--workspaces', '--include-workspace-root', '--no-save');
  const left = missingTools();
  if (left.length > 0) throw new Error(`npm install has left out ${left.join(', ')}`);
}

runIfStarted(
  import.meta,
  'node scripts/build/tools.ts: installs what checks, tests and builds need',
  async () => {
    installTools();
    return undefined;
  },
);
