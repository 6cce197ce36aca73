/**
 * What all containers share: schemas, and what stands below them. They are functions of their arguments, without state,
 * clock or anything outside, and to make them again would take two thirds of a container's beginning.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import type { Plugin } from 'esbuild';
import type { Change } from '../mutations/apply.ts';
import { bundled, changing, pathOf, ROOT } from './esbuild.ts';

export interface Shared {
  /** Modules by the name that containers require. */
  exports: ReadonlyMap<string, unknown>;
  /** Files in it, as paths in the repository. */
  inputs: ReadonlySet<string>;
}

const FOLDERS = ['functions/schemas', 'functions/contract'];
const PACKAGE = 'zod';
const nodeRequire = createRequire(import.meta.url);
/** Never a file's name. */
const nameOf = (module: string) => `shared:${module}`;

let files: Promise<ReadonlySet<string>> | undefined;
let unchanged: Promise<Shared> | undefined;

/** The folders' files and all of ours that they import. */
export function sharedFiles(): Promise<ReadonlySet<string>> {
  files ??= findFiles();
  return files;
}

async function findFiles(): Promise<ReadonlySet<string>> {
  const entries = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  );
  const { inputs } = await bundleOf(
    entries.filter((file) => file.endsWith('.ts')),
    [],
  );
  return new Set([...inputs].filter((file) => file.endsWith('.ts') && !file.includes('node_modules/')));
}

/** @param changes of which those in other files mean nothing here */
export async function shareSchemas(changes: readonly Change[]): Promise<Shared> {
  const known = await sharedFiles();
  const own = changes.filter(({ file }) => known.has(file));
  if (own.length > 0) return share(known, own);
  unchanged ??= share(known, []);
  return unchanged;
}

async function share(known: ReadonlySet<string>, changes: readonly Change[]): Promise<Shared> {
  const modules = [...known, PACKAGE];
  const { code } = await bundleOf(modules, changes);
  const script = new Script(`(function (require, exports, module) {${code}\n})`, { filename: 'shared' });
  const module = { exports: {} as Record<string, unknown> };
  (script.runInThisContext() as (...values: unknown[]) => void)(nodeRequire, module.exports, module);
  const named = modules.map((name, index): [string, unknown] => [nameOf(name), module.exports[`m${index}`]]);
  return { exports: new Map(named), inputs: known };
}

async function bundleOf(modules: readonly string[], changes: readonly Change[]) {
  const from = (module: string) => (module === PACKAGE ? module : `./${module}`);
  const contents = modules.map((module, index) => `export * as m${index} from '${from(module)}';`).join('\n');
  const [one] = (await bundled({ stdin: { contents, resolveDir: ROOT } }, [changing(changes)])).values();
  return one!;
}

/** Leaves out of a bundle what is shared. */
export function sharing(known: ReadonlySet<string>): Plugin {
  return {
    name: 'shared',
    setup({ onResolve }) {
      onResolve({ filter: /^zod$|^\.{1,2}\/.*\.ts$/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return undefined;
        const file = path === PACKAGE ? path : pathOf(join(dirname(importer), path));
        const isShared = file === PACKAGE || known.has(file);
        return isShared ? { path: nameOf(file), external: true } : undefined;
      });
    },
  };
}
