/** A copy of the project in which mistakes are planted and tests are run, so that the project itself stays as it is. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyChange, type Change } from './apply.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Not copied: what was installed, what was made, and what a local cloud keeps. */
const LEFT_OUT = /^(node_modules|\.git|\.stepnet.*|cdk\.out|dist|coverage)$/;
/** What runs longer hangs, and so has noticed. */
const TIMEOUT_MS = 15 * 60_000;

/** What a run of tests said. */
export interface Verdict {
  /** The first test that failed, or what else went wrong; undefined when all passed. */
  failed: { file: string; test: string } | undefined;
}

/** Vitest's JSON report, as much of it as is read. */
interface Report {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stepnet-mutations-'));

  constructor() {
    for (const name of readdirSync(ROOT)) {
      if (!LEFT_OUT.test(name)) cpSync(join(ROOT, name), join(this.#folder, name), { recursive: true });
    }
    // Packages are shared; what is made under node_modules, such as the synthesized app, is of these sources.
    const packages = join(ROOT, 'node_modules');
    const own = join(this.#folder, 'node_modules');
    mkdirSync(own);
    for (const name of readdirSync(packages)) {
      if (!/^\.(?!bin$)/.test(name)) symlinkSync(join(packages, name), join(own, name));
    }
    const cache = join(packages, '.cache');
    if (existsSync(cache)) cpSync(cache, join(own, '.cache'), { recursive: true });
  }

  /** Runs the tests with the changes in the sources, which are as before afterwards. @throws Error when a change does not fit, or no test runs */
  async try(changes: readonly Change[], tests: readonly string[]): Promise<Verdict> {
    const before = new Map<string, string>();
    try {
      for (const change of changes) {
        const path = join(this.#folder, change.file);
        const text = readFileSync(path, 'utf8');
        if (!before.has(path)) before.set(path, text);
        writeFileSync(path, applyChange(text, change));
      }
      return await this.#test(tests);
    } finally {
      for (const [path, text] of before) writeFileSync(path, text);
    }
  }

  async #test(tests: readonly string[]): Promise<Verdict> {
    const file = join(this.#folder, 'report.json');
    rmSync(file, { force: true });
    const vitest = join(this.#folder, 'node_modules/vitest/vitest.mjs');
    const words = ['run', '--config', 'test/vitest.config.ts', '--bail=1', '--reporter=json'];
    const { code, output } = await run([vitest, ...words, `--outputFile=${file}`, ...tests], this.#folder);
    const otherwise = (test: string) => ({ failed: { file: tests.join(', '), test } });
    if (code === null) return otherwise(`no end within ${TIMEOUT_MS / 60_000} minutes`);
    const { testResults }: Report = existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : { testResults: [] };
    if (testResults.length === 0) {
      // As where the app can't be synthesized, without which no test begins.
      if (!/Error/.test(output)) throw new Error(`no tests ran:\n${output}`);
      return { failed: { file: 'test/support/global-setup.ts', test: lastLines(output) } };
    }
    if (code === 0) return { failed: undefined };
    const failed = firstFailure({ testResults }, this.#folder);
    return failed === undefined ? otherwise(lastLines(output)) : { failed };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function firstFailure({ testResults }: Report, folder: string): Verdict['failed'] {
  const failedIn = ({ assertionResults }: Report['testResults'][number]) =>
    assertionResults.find(({ status }) => status === 'failed');
  // Files that were given up after the first failure are said to have failed, too, without a test that did.
  const result =
    testResults.find((each) => failedIn(each) !== undefined) ??
    testResults.find(({ status }) => status === 'failed');
  if (result === undefined) return undefined;
  const test = failedIn(result);
  return {
    file: result.name.replace(`${folder}/`, ''),
    test: test?.fullName ?? result.message.split('\n')[0]!,
  };
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-3).join(' ');

function run(words: string[], cwd: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    // All that it has started, too.
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), TIMEOUT_MS);
    child.on('error', reject).on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
