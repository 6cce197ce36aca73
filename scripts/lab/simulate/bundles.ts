/**
 * The handlers as code that can be evaluated again and again, each time with globals of its own: bundled as the app
 * bundles them, but as the body of a function instead of an ES module, so that a container costs milliseconds.
 */
import { Script } from 'node:vm';
import type { Change } from '../mutations/apply.ts';
import { bundled, changing } from './esbuild.ts';
import { type Shared, sharedFiles, shareSchemas, sharing } from './shared.ts';

/** Evaluates the code once with these values as its globals. @returns its exports */
export type Bundle = (globals: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** What a container has of its own; everything else is the platform's. */
export const GLOBALS = [
  'require',
  'process',
  'Date',
  'Math',
  'performance',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'console',
  'crypto',
  'globalThis',
  'global',
] as const;

interface Built {
  evaluate: (shared: Shared) => Bundle;
  /** Files in it, as paths in the repository. */
  inputs: ReadonlySet<string>;
}

/** By entries: what the sources themselves give, bundled once per process. */
const unchanged = new Map<string, Promise<Map<string, Built>>>();

/**
 * @param entries paths in the repository
 * @param changes mistakes to plant, each in a file that at least one of the bundles has
 * @throws Error when the code of a change is not in its file exactly once, or its file in no bundle
 */
export async function bundleAll(
  entries: readonly string[],
  changes: readonly Change[] = [],
): Promise<Map<string, Bundle>> {
  const shared = await shareSchemas(changes);
  const all = unchanged.get(entries.join()) ?? build(entries, []);
  unchanged.set(entries.join(), all);
  const built = await all;
  const changed = entries.filter((entry) => changes.some(({ file }) => built.get(entry)!.inputs.has(file)));
  const known = new Set([...built.values(), shared].flatMap(({ inputs }) => [...inputs]));
  for (const { file } of changes) if (!known.has(file)) throw new Error(`${file}: in none of the bundles`);
  const own = changed.length === 0 ? built : await build(changed, changes);
  return new Map(entries.map((entry) => [entry, (own.get(entry) ?? built.get(entry)!).evaluate(shared)]));
}

async function build(entries: readonly string[], changes: readonly Change[]): Promise<Map<string, Built>> {
  const plugins = [sharing(await sharedFiles()), changing(changes)];
  const all = await bundled({ entryPoints: [...entries] }, plugins);
  return new Map(
    [...all].map(([entry, { code, inputs }]) => [entry, { evaluate: compile(entry, code), inputs }]),
  );
}

function compile(entry: string, code: string): Built['evaluate'] {
  const names = ['module', 'exports', ...GLOBALS];
  const script = new Script(`(function (${names.join()}) {${code}\n})`, { filename: entry });
  const run = script.runInThisContext() as (...values: unknown[]) => void;
  return (shared) => (globals) => {
    const module = { exports: {} };
    const platform = globals.require as (name: string) => unknown;
    const require = (name: string) => shared.exports.get(name) ?? platform(name);
    run(module, module.exports, ...GLOBALS.map((name) => (name === 'require' ? require : globals[name])));
    return module.exports;
  };
}
