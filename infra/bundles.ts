/** The functions' code: every handler bundled with all that it imports, by one call of esbuild. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { FUNCTIONS, type FunctionName } from '../functions/contract/functions.ts';

const ROOT = join(import.meta.dirname, '..');
/** Where the bundles would lie: the paths in their source maps are relative to it, and so the same on every machine. */
const PLACE = join(ROOT, 'cdk.out/bundles');

const OPTIONS = {
  outdir: PLACE,
  outExtension: { '.js': '.cjs' },
  write: false,
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // An ES module would load all of Node's fetch with node:http at each cold start, whose lazy exports it asks for.
  format: 'cjs',
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'functions/store/credentials.ts') },
  // Names stay: the runtime logs an error's class. Setting each of them again (keepNames) made loading a tenth slower.
  minifySyntax: true,
  minifyWhitespace: true,
  // As a call of require: importing Node's own http as the AWS SDK does would load all of fetch with it.
  supported: { 'dynamic-import': false },
} as const satisfies BuildOptions;

/**
 * The AWS SDK describes each shape of a service by an array. Their keys are computed, so esbuild can't know that making them
 * does nothing else, and would keep those of all operations in each bundle: this says so.
 */
const UNUSED_SHAPES: Plugin = {
  name: 'unused shapes',
  setup({ onLoad }) {
    onLoad(
      { filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      ({ path }) => ({
        contents: withPureShapes(readFileSync(path, 'utf8'), path),
      }),
    );
  },
};

function withPureShapes(text: string, path: string): string {
  const shapes = /^((?:export )?var \w+\$?) = (\[(?:[^\n]*|[^;]*\n)\]);$/gm;
  const found = text.match(shapes)?.length ?? 0;
  const declared = text.match(/^(?:export )?var \w+\$?\d* = /gm)?.length ?? 0;
  if (found === 0 || found < declared / 2) {
    throw new Error(`${path}: ${found} of ${declared} shapes are written as arrays, expected most of them`);
  }
  return text.replace(shapes, (_, variable, array) => `${variable} = /* @__PURE__ */ (() => ${array})();`);
}

let folder: string | undefined;

/**
 * Folder with the function's `main.cjs`, its source map, and the `index.cjs` that Lambda loads first.
 *
 * @throws Error before all functions are bundled
 */
export function bundleOf(entry: FunctionName): string {
  if (folder === undefined) throw new Error(`bundle of ${entry}: bundleFunctions() has not ended`);
  return join(folder, entry);
}

/**
 * Bundles all functions. esbuild is a process of its own, which works while this one loads the CDK.
 *
 * @throws Error with esbuild's messages when a handler is missing or wrong
 */
export async function bundleFunctions(): Promise<void> {
  const handlers = FUNCTIONS.map((name) => ({
    in: join(ROOT, 'functions', name, 'handler.ts'),
    out: `${name}/main`,
  }));
  const [{ outputFiles }, { outputFiles: entry }] = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: handlers,
      sourcemap: true,
      sourcesContent: false,
      plugins: [UNUSED_SHAPES],
    }),
    build({ ...OPTIONS, entryPoints: [{ in: join(ROOT, 'functions/step/entry.ts'), out: 'index' }] }),
  ]);
  const written = mkdtempSync(join(tmpdir(), 'stepnet-bundles-'));
  // The CDK copies each folder into the assembly as soon as its function is made.
  process.on('exit', () => rmSync(written, { recursive: true, force: true }));
  for (const { path, contents } of outputFiles) {
    const file = join(written, relative(PLACE, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  for (const name of FUNCTIONS) writeFileSync(join(written, name, 'index.cjs'), entry[0]!.contents);
  folder = written;
}
