/** The package that `npm pack` makes, installed into an empty folder: docs/examples run from it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../core/index.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { browserPath, isBrowserRequired, launchBrowser } from '../../support/browser.ts';
import { mnistFiles } from '../../support/mnist.ts';
import { howMany } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLES = join(ROOT, 'docs/examples');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** The oldest Node that the library promises, where this machine has it; else the one that runs the tests. */
const NODE = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((file) => existsSync(file))
  .map((file) => ({ file, version: execFileSync(file, ['--version'], { encoding: 'utf8' }).trim() }))
  .find(({ version }) => version.startsWith('v20.')) ?? { file: process.execPath, version: process.version };

let folder: string;
let app: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stepnet-library-'));
  app = join(folder, 'app');
  await cp(EXAMPLES, app, { recursive: true });
  await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(ROOT, 'pack', '--pack-destination', folder);
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  npm(app, 'install', '--offline', '--no-audit', '--no-fund', join(folder, tarball!));
  const trainer = new library.Trainer(library.DEFAULT_CONFIG, library.mnistRows(mnistFiles()).train);
  trainer.advance(600);
  expectedWeights = sha256(library.encodeWeights(trainer.network.layers));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function npm(cwd: string, ...options: string[]): void {
  execFileSync('npm', options, { cwd, stdio: 'pipe', shell: process.platform === 'win32' });
}

/** Runs an example that was compiled to JavaScript. @returns what it prints */
const run = (example: string, ...options: string[]): string =>
  execFileSync(NODE.file, [`${example}.js`, ...options], { cwd: app, encoding: 'utf8' });

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of the weights after 600 steps of the textbook's job, trained by core itself. */
let expectedWeights: string;

describe('the package', () => {
  it('brings the library, its types, README, licence and changelog, and no other package', async () => {
    expect((await readdir(join(app, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      'stepnet',
    ]);
    expect((await readdir(join(app, 'node_modules/stepnet'))).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
  });

  // What the first finds, which is stricter, the second finds, too: that one is for the proof.
  const resolutions = [
    ['nodenext', 'nodenext', false],
    ['preserve', 'bundler', true],
  ] as const;
  it.each(resolutions.slice(0, howMany(1, 2)))(
    'has types for module %s, moduleResolution %s',
    async (module, moduleResolution, noEmit) => {
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2022', 'dom'],
        module,
        moduleResolution,
        noEmit,
        strict: true,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
      };
      await writeFile(
        join(app, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, include: ['*.ts'], exclude: [] }),
      );
      execFileSync(process.execPath, [TSC, '--project', app], { stdio: 'inherit' });
    },
  );
});

describe(`the examples in Node ${NODE.version}`, () => {
  it('xor.ts learns it', () => {
    expect(run('xor')).toMatch(/^XOR of 00, 01, 10, 11: 0, 1, 1, 0\nloss: 0\.0\d+\n$/);
  });

  it('mnist.ts ends with the weights that core itself ends with', async () => {
    const printed = run('mnist', mnistFolder());
    expect(printed).toMatch(/^(step \d00: loss \d\.\d{4}\n){6}\{/);
    expect(sha256(await readFile(join(app, 'mnist.safetensors')))).toBe(expectedWeights);
  });

  it('resume.ts goes on where it stopped', () => {
    expect(run('resume')).toBe('goes on at step 400\nthe same bytes as without a stop: true\n');
  });

  it('csv.ts tells fruit apart', () => {
    expect(run('csv')).toMatch(
      /^30 rows, 5 inputs, classes apple, banana, lemon\n.*accuracy: 1\n\}\n130 g, 19 cm, yellow: banana\n$/s,
    );
  });

  it('the textbook has a path of its own', () => {
    const program = "import { XOR } from 'stepnet/textbook'; console.log(XOR(1, 0), XOR(1, 1));";
    const options = ['--input-type=module', '--eval', program];
    expect(execFileSync(NODE.file, options, { cwd: app, encoding: 'utf8' })).toBe('1 0\n');
  });
});

describe.skipIf(browserPath === undefined && !isBrowserRequired)('the examples, bundled, in Chromium', () => {
  it('xor.ts and browser.ts do what they do in Node', async () => {
    await build({
      entryPoints: ['xor.ts', 'browser.ts'],
      absWorkingDir: app,
      bundle: true,
      format: 'esm',
      outdir: 'www',
    });
    await cp(join(app, 'browser.html'), join(app, 'www/browser.html'));
    await mkdir(join(app, 'www/mnist'));
    await cp(mnistFolder(), join(app, 'www/mnist'), { recursive: true });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.route('https://library.test/**', (route) =>
        route.fulfill({ path: join(app, 'www', new URL(route.request().url()).pathname) }),
      );
      const failures: string[] = [];
      page.on('pageerror', (error) => failures.push(error.message));
      const printed: string[] = [];
      page.on('console', (message) => printed.push(message.text()));
      await page.goto('https://library.test/browser.html');
      const link = page.getByRole('link', { name: 'the weights' });
      await link.waitFor({ timeout: 60_000 });
      expect(await page.locator('#progress').textContent()).toMatch(/^step 600: loss \d\.\d{4}$/);
      const weights = await link.evaluate(async (element) => {
        const { href } = element as unknown as { href: string };
        return [...new Uint8Array(await (await fetch(href)).arrayBuffer())];
      });
      expect(sha256(Uint8Array.from(weights))).toBe(expectedWeights);
      await page.addScriptTag({ url: '/xor.js', type: 'module' });
      expect(printed[0]).toBe('XOR of 00, 01, 10, 11: 0, 1, 1, 0');
      expect(failures).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('docs/library.md', () => {
  it('names in its table what the library exports, and nothing else', async () => {
    const text = await readFile(join(ROOT, 'docs/library.md'), 'utf8');
    const cells = text.match(/^\| `.*?\|/gm)!.join();
    const names = [...cells.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    expect(names.sort()).toEqual(Object.keys(library).sort());
  });
});
