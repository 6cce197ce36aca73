/**
 * The handlers as code that can be evaluated again and again, each time with globals of its own: bundled as the app
 * bundles them, but as the body of a function instead of an ES module, so that a container costs milliseconds.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Script } from 'node:vm';
import { build as esbuild, type Plugin } from 'esbuild';
import { SPEC } from './tiny-dataset.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A change of one source file's text. */
export interface Replacement {
  /** Path in the repository. */
  file: string;
  /** Must be there exactly once. */
  from: string;
  to: string;
}

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

/** The only thing that is another than in the app, but for mutations: what MNIST is. */
const TINY_MNIST: Replacement = {
  file: 'core/ingest/catalogue/mnist.ts',
  from: 'export const MNIST: VerifiedIdxSpec = {',
  to: `export const MNIST = ${JSON.stringify(SPEC)};\nexport const REPLACED = {`,
};

interface Built {
  bundle: Bundle;
  /** Files in it, as paths in the repository. */
  inputs: ReadonlySet<string>;
}

/** By entry: what the sources themselves give, bundled once per process. */
const unchanged = new Map<string, Promise<Built>>();

/**
 * @param entry path in the repository
 * @throws Error when a replacement's text is not in its file exactly once, or its file in no bundle
 */
export async function bundleAll(
  entries: readonly string[],
  replacements: readonly Replacement[] = [],
): Promise<Map<string, Bundle>> {
  const bundles = new Map<string, Bundle>();
  const files = new Set(replacements.map(({ file }) => file));
  for (const entry of entries) {
    const own = unchanged.get(entry) ?? build(entry, []);
    unchanged.set(entry, own);
    const { bundle, inputs } = await own;
    const changed = replacements.filter(({ file }) => inputs.has(file));
    for (const { file } of changed) files.delete(file);
    bundles.set(entry, changed.length === 0 ? bundle : (await build(entry, changed)).bundle);
  }
  if (files.size > 0) throw new Error(`${[...files].join(', ')}: in none of the bundles`);
  return bundles;
}

async function build(entry: string, replacements: readonly Replacement[]): Promise<Built> {
  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Node's own modules come from the container's require, too.
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'silent',
    plugins: [replacing([TINY_MNIST, ...replacements])],
  });
  const names = ['module', 'exports', ...GLOBALS];
  const script = new Script(`(function (${names.join()}) {${result.outputFiles[0]!.text}\n})`, {
    filename: entry,
  });
  const evaluate = script.runInThisContext() as (...values: unknown[]) => void;
  const bundle: Bundle = (globals) => {
    const module = { exports: {} };
    evaluate(module, module.exports, ...GLOBALS.map((name) => globals[name]));
    return module.exports;
  };
  return { bundle, inputs: new Set(Object.keys(result.metafile.inputs)) };
}

function replacing(replacements: readonly Replacement[]): Plugin {
  const files = new Set(replacements.map(({ file }) => file));
  return {
    name: 'replacements',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(ROOT, path).replaceAll('\\', '/');
        if (!files.has(file)) return undefined;
        const mine = replacements.filter((replacement) => replacement.file === file);
        return { contents: mine.reduce(replace, readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function replace(text: string, { file, from, to }: Replacement): string {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`${file}: found ${count} times, expected once: ${from}`);
  return text.replace(from, () => to);
}
