/** One call of esbuild, as the simulation bundles everything, and the plugin that changes sources on the way. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { applyChange, type Change } from '../mutations/apply.ts';
import { CATALOGUE_FILE, CATALOGUE_TEXT, SMALLER } from './smaller.ts';

export const ROOT = join(import.meta.dirname, '../../..');

/** Path in the repository. */
export const pathOf = (file: string): string => relative(ROOT, file).replaceAll('\\', '/');

export interface Bundled {
  code: string;
  /** What is in it, as paths in the repository. */
  inputs: ReadonlySet<string>;
}

/** @returns by entry, which is `<stdin>` for the text that is given instead of files */
export async function bundled(
  what: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
  plugins: Plugin[],
): Promise<Map<string, Bundled>> {
  const { outputFiles, metafile } = await build({
    ...what,
    absWorkingDir: ROOT,
    outdir: 'nowhere',
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
    plugins,
  });
  return new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint, inputs }]) => {
      const { text: code } = outputFiles.find((file) => pathOf(file.path) === path)!;
      return [entryPoint!, { code, inputs: new Set(Object.keys(inputs)) }];
    }),
  );
}

/** Plants mistakes, besides what is always smaller. @throws Error when the code of a change is not in its file exactly once */
export function changing(changes: readonly Change[]): Plugin {
  const all = [...SMALLER, ...changes];
  return {
    name: 'changes',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = pathOf(path);
        if (file === CATALOGUE_FILE) return { contents: CATALOGUE_TEXT, loader: 'ts' };
        const mine = all.filter((change) => change.file === file);
        if (mine.length === 0) return undefined;
        return { contents: mine.reduce(applyChange, readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}
