/**
 * Builds the package that `npm pack` makes: core as JavaScript modules with their types, in dist/. npm runs it before it
 * packs, because Node strips no types of what lies in node_modules. Core is compiled with what Node 20 and browsers of its
 * time have, and without the types of either, so that it can use nothing that one of them lacks.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** @throws Error when core does not compile without the types of Node and of browsers */
function buildLibrary(): void {
  rmSync(DIST, { recursive: true, force: true });
  const project = join(import.meta.dirname, 'library.tsconfig.json');
  execFileSync(process.execPath, [TSC, '--project', project], { stdio: 'inherit' });
  for (const file of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.d.ts')) pointToJavaScript(join(DIST, file));
  }
}

/** The compiler rewrites the imports of modules, but leaves `.ts` in those of declarations. */
function pointToJavaScript(file: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll(/(from|import\()(\s*)'(\.[^']*)\.ts'/g, "$1$2'$3.js'"));
}

buildLibrary();
