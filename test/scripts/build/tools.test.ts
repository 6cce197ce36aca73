/** What `npm ci` leaves out, and that the lock files have what every machine and every registry needs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import awsCli from '../../../scripts/build/no-aws-cli/package.json' with { type: 'json' };
import nodeGyp from '../../../scripts/build/no-node-gyp/package.json' with { type: 'json' };
import tools from '../../../scripts/build/tools/package.json' with { type: 'json' };
import { missingTools, TOOLS_FOLDER } from '../../../scripts/build/tools.ts';
import { hasTool, needs } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Locked {
  version?: string;
  resolved?: string;
  link?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const packagesOf = (file: string) =>
  JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages as Record<string, Locked>;

describe.each(['package-lock.json', 'scripts/lab/bench/package-lock.json'])('%s', (file) => {
  const packages = Object.entries(packagesOf(file));

  it('names no address to download from', () => {
    const resolved = packages.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    expect(resolved).toEqual([]);
  });

  it('has what each package takes on other platforms', () => {
    const named = packages.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}));
    const there = new Set(packages.map(([path]) => path.split('node_modules/').at(-1)));
    expect(named.filter((name) => !there.has(name))).toEqual([]);
  });
});

it('the lock file has packages of several systems and processors', () => {
  const packages = Object.values(packagesOf('package-lock.json'));
  const systems = new Set(packages.flatMap(({ os = [] }) => os));
  const processors = new Set(packages.flatMap(({ cpu = [] }) => cpu));
  expect([...systems]).toEqual(expect.arrayContaining(['darwin', 'linux', 'win32']));
  expect([...processors]).toEqual(expect.arrayContaining(['arm64', 'x64']));
});

it('tools are a workspace that npm ci leaves out, and none is a package of the app, too', () => {
  expect(packageJson.workspaces).toEqual([TOOLS_FOLDER]);
  expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^workspaces=false$/m);
  const names = Object.keys(tools.devDependencies);
  expect(names.filter((name) => Object.hasOwn(packageJson.devDependencies, name))).toEqual([]);
});

it.each([
  ['aws-cdk-lib', awsCli, /^2\.2\.292$/],
  ['aws-lambda-ric', nodeGyp, /^\^11\.[0-5]\.\d+$/],
])('%s asks for what a package of ours stands in for, or npm would install that', (asker, standIn, range) => {
  const packages = packagesOf('package-lock.json');
  expect(packages[`node_modules/${asker}`]!.dependencies![standIn.name]).toMatch(range);
  expect(standIn.version).toMatch(/^(2\.2\.292|11\.5\.0)$/);
  const places = Object.keys(packages).filter((path) => path.endsWith(`node_modules/${standIn.name}`));
  expect(places.map((path) => packages[path]!.link)).toEqual([true]);
});

describe('missingTools', () => {
  const lock = {
    packages: {
      [TOOLS_FOLDER]: { devDependencies: { tool: '2.0.0' } },
      'node_modules/tool': { version: '2.0.0', dependencies: { part: '^1.0.0', shared: '^3.0.0' } },
      'node_modules/tool/node_modules/part': { version: '1.5.0', dependencies: { tool: '2.0.0' } },
      'node_modules/part': { version: '9.0.0' },
      'node_modules/shared': { version: '3.1.0', optionalDependencies: { 'shared-win32': '3.1.0' } },
      'node_modules/shared-win32': { version: '3.1.0', optional: true },
      'node_modules/of-the-app': { version: '1.0.0' },
    },
  };
  const paths = ['node_modules/tool', 'node_modules/tool/node_modules/part', 'node_modules/shared'];

  function project(versions: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'stepnet-tools-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const files = { 'package-lock.json': lock } as Record<string, object>;
    for (const [path, version] of Object.entries(versions)) files[`${path}/package.json`] = { version };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), JSON.stringify(content));
    }
    return root;
  }

  it('finds the tools and what they need, where Node would look for it, but for other platforms’', () => {
    expect(missingTools(project({})).sort()).toEqual([...paths].sort());
    expect(
      missingTools(project({ [paths[0]!]: '2.0.0', [paths[1]!]: '1.5.0', [paths[2]!]: '3.1.0' })),
    ).toEqual([]);
  });

  it('finds one of another version', () => {
    const root = project({ [paths[0]!]: '2.0.0', [paths[1]!]: '1.4.0', [paths[2]!]: '3.1.0' });
    expect(missingTools(root)).toEqual([paths[1]]);
  });

  it(
    'of this project are installed',
    needs(hasTool('typescript'), 'no tools: npm run check installs them'),
    () => {
      expect(missingTools()).toEqual([]);
    },
  );
});
