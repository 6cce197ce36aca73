/** The import arrows of docs/architecture.md, and the layout of the top level. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SOURCE_FOLDERS = ['core', 'functions', 'infra', 'scripts'];

/** Repository paths of all TypeScript files below a folder. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules'));
}

/** Import specifiers of a file: repository paths for relative ones, package or node: names for the others. */
function imports(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const specifiers = [
    ...text.matchAll(/(?:^|\s)(?:import|export)\s[^'";]*?from\s+['"]([^'"]+)['"]/g),
    ...text.matchAll(/(?:^|\s)import\s+['"]([^'"]+)['"]/g),
    ...text.matchAll(/import\(\s*['"]([^'"]+)['"]\s*\)/g),
  ].map((match) => match[1]!);
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  );
}

const graph = new Map(SOURCE_FOLDERS.flatMap(sources).map((path) => [path, imports(path)]));

/** `file imports what` for each import of a folder's files that `allowed` refuses. */
function violations(folder: string, allowed: (imported: string, file: string) => boolean): string[] {
  return [...graph]
    .filter(([file]) => file.startsWith(`${folder}/`))
    .flatMap(([file, imported]) =>
      imported.filter((name) => !allowed(name, file)).map((name) => `${file} imports ${name}`),
    );
}

const isPackage = (name: string) => !SOURCE_FOLDERS.some((folder) => name.startsWith(`${folder}/`));
/** What scripts and infra may know of the functions; everything else reaches them as bundles. */
const SHARED_WITH_SCRIPTS = [
  'contract',
  'config-schema',
  'payloads',
  'documents',
  'dataset-schemas',
  'schema-parts',
  'sweep-schemas',
  'parse-payload',
  'line-plot',
  'run-plots',
  'svg',
  's3-store',
  'kernels',
  'latest-model',
  // What a run costs and needs, for `npm run plan`.
  'prices',
  'memory',
].map((name) => `functions/shared/${name}.ts`);

describe('import arrows', () => {
  it('finds the files and their imports', () => {
    expect(graph.size).toBeGreaterThan(30);
    expect(graph.get('functions/schemas/config.ts')).toEqual([
      'zod',
      'core/training/config.ts',
      'functions/shared/contract.ts',
      'functions/schemas/parts.ts',
    ]);
  });

  it('core imports nothing but core', () => {
    expect(violations('core', (name) => name.startsWith('core/'))).toEqual([]);
  });

  it('functions import core and packages', () => {
    expect(violations('functions', (name) => isPackage(name) || /^(core|functions)\//.test(name))).toEqual(
      [],
    );
  });

  it('a function imports no other function', () => {
    const folder = (path: string) => path.split('/')[1];
    expect(
      violations(
        'functions',
        (name, file) =>
          !name.startsWith('functions/') ||
          ['shared', folder(file)].includes(folder(name)!) ||
          // Predictions without HTTP: the same images, the same models in memory.
          (folder(file) === 'predict-part' && folder(name) === 'predict') ||
          // Each config of a sweep, as it would be checked alone.
          (folder(file) === 'plan-sweep' && folder(name) === 'validate-config'),
      ),
    ).toEqual([]);
  });

  it('infra imports the contract and no other code', () => {
    expect(
      violations(
        'infra',
        (name) => isPackage(name) || name.startsWith('infra/') || name === 'functions/shared/contract.ts',
      ),
    ).toEqual([]);
  });

  it('scripts import core, infra and what the functions share with them', () => {
    expect(
      violations(
        'scripts',
        (name) =>
          isPackage(name) || /^(core|infra|scripts)\//.test(name) || SHARED_WITH_SCRIPTS.includes(name),
      ),
    ).toEqual([]);
  });

  it('only the S3 store imports the S3 client', () => {
    const importers = [...graph].filter(([, imported]) => imported.includes('@aws-sdk/client-s3'));
    expect(importers.map(([file]) => file)).toEqual(['functions/store/s3-store.ts']);
  });

  it('has no circles', () => {
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      expect(path, [...path, file].join(' → ')).not.toContain(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) if (graph.has(next)) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });
});

describe('core', () => {
  it('reads no clock, environment, engine-dependent maths or unseeded randomness', () => {
    const forbidden =
      /\b(process\.|Date\.now|new Date|performance\.|globalThis\.|Math\.(random|exp|log|sin|cos|tan|tanh|pow|log2|log10|expm1|log1p)\b|\*\*)/;
    const hits = sources('core').filter((path) =>
      forbidden.test(readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    );
    expect(hits).toEqual([]);
  });
});

describe('top level', () => {
  it('holds exactly the agreed entries', () => {
    const entries = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
      .map((path) => path.split('/')[0]!);
    const visible = [...new Set(entries)].filter((entry) => !entry.startsWith('.')).sort();
    expect(visible).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'cdk.json',
      'core',
      'docs',
      'functions',
      'infra',
      'package-lock.json',
      'package.json',
      'scripts',
      'test',
      'tsconfig.json',
    ]);
  });
});
