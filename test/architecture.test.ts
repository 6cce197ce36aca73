/** The import arrows of docs/architecture.md, and the layout of the top level. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../functions/contract/functions.ts';

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

/** Rows of the table in docs/architecture.md whose first column is headed `head`: their cells without back-quotes. */
function tableOf(head: string): string[][] {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const lines = text.slice(text.indexOf(`| \`${head}\``)).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

const FLOORS = {
  core: tableOf('core/').map(([name]) => name!),
  functions: tableOf('functions/').map(([name]) => name!),
  scripts: tableOf('scripts/').map(([name]) => name!),
};
/** Who else may import a room of the functions. */
const GUESTS = new Map(
  tableOf('functions/').map(([name, , guests]) => [name!, guests === '' ? [] : guests!.split(', ')]),
);

const houseOf = (path: string) => path.split('/')[0]!;
const folderOf = (path: string) => path.split('/')[1]!;
const isPackage = (name: string) => !SOURCE_FOLDERS.includes(houseOf(name));

describe('import arrows', () => {
  it('finds the files, their imports and the tables', () => {
    expect(graph.size).toBeGreaterThan(400);
    expect(graph.get('core/math/exp32.ts')).toEqual([]);
    expect(graph.get('core/network/outputs.ts')).toEqual([
      'core/math/exp32.ts',
      'core/network/architecture.ts',
    ]);
    expect(FLOORS.core.at(-1)).toBe('errors.ts');
    expect(GUESTS.get('contract')).toEqual(['infra', 'scripts']);
  });

  it.each(['core', 'functions', 'scripts'] as const)('%s has the folders of its table', (house) => {
    const folders = new Set([...graph.keys()].filter((path) => houseOf(path) === house).map(folderOf));
    const steps: readonly string[] = house === 'functions' ? FUNCTIONS : [];
    expect([...folders].filter((folder) => !steps.includes(folder)).sort()).toEqual(
      [...FLOORS[house]].sort(),
    );
  });

  it.each(['core', 'functions', 'scripts'] as const)('go down between the folders of %s', (house) => {
    // Steps stand above all rooms, and none imports another.
    const floor = (path: string) => FLOORS[house].indexOf(folderOf(path));
    const goesDown = (name: string, file: string) =>
      houseOf(name) !== house || folderOf(name) === folderOf(file) || floor(name) > floor(file);
    expect(violations(house, goesDown)).toEqual([]);
  });

  it('core imports nothing but core', () => {
    expect(violations('core', (name) => houseOf(name) === 'core')).toEqual([]);
  });

  it('nothing here imports what the library exports: that is for those who install it', () => {
    const importers = [...graph].filter(([, imported]) => imported.includes('core/index.ts'));
    expect(importers.map(([file]) => file)).toEqual([]);
  });

  it('functions import core and packages', () => {
    const allowed = (name: string) => isPackage(name) || ['core', 'functions'].includes(houseOf(name));
    expect(violations('functions', allowed)).toEqual([]);
  });

  it('the contract imports nothing, so that infra takes in no code of the functions', () => {
    expect(violations('functions/contract', (name) => name.startsWith('functions/contract/'))).toEqual([]);
  });

  it.each([
    ['infra', ['infra']],
    ['scripts', ['core', 'infra', 'scripts']],
  ])('%s imports rooms of the functions that are open to it', (house, houses) => {
    const allowed = (name: string) =>
      isPackage(name) ||
      houses.includes(houseOf(name)) ||
      (houseOf(name) === 'functions' && GUESTS.get(folderOf(name))?.includes(house));
    expect(violations(house, (name) => allowed(name) === true)).toEqual([]);
  });

  it('only the S3 store imports the S3 client', () => {
    const importers = [...graph].filter(([, imported]) => imported.includes('@aws-sdk/client-s3'));
    expect(importers.map(([file]) => file)).toEqual(['functions/store/s3-store.ts']);
  });

  it('one file of the functions imports the Step Functions client', () => {
    const importers = [...graph].filter(([, imported]) => imported.includes('@aws-sdk/client-sfn'));
    const ofFunctions = importers.map(([file]) => file).filter((file) => houseOf(file) === 'functions');
    expect(ofFunctions).toEqual(['functions/executions/step-functions.ts']);
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
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
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
