/** The Lambda host with real processes under AWS's runtime client. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import type { FunctionResource } from '../../../../scripts/cloud/resources.ts';
import { howMany, needs } from '../../../support/needs.ts';
import { isAlive, type Workbench, workbench } from '../functions.ts';

const ROOT = join(import.meta.dirname, '../../../..');

let bench: Workbench;
let host: FunctionHost | undefined;
beforeAll(() => {
  bench = workbench();
});
afterEach(async () => {
  await host?.close();
  host = undefined;
});
afterAll(() => bench.remove());

const logs = () => join(bench.folder, 'logs');

function run(code: string, more: Partial<FunctionResource> = {}, options: { initTimeoutMs?: number } = {}) {
  const fn = bench.bundle(`fn-${Math.random().toString(36).slice(2)}`, code, more);
  host = new FunctionHost([fn], logs(), { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, options);
  const started = host;
  return {
    fn,
    host: started,
    log: () => readFileSync(join(logs(), `${fn.name}.log`), 'utf8'),
    async invoke(event: unknown = {}, signal?: AbortSignal) {
      const { payload, error } = await started.invoke(fn.arn, JSON.stringify(event), signal);
      return { result: payload === undefined ? undefined : (JSON.parse(payload) as unknown), error };
    },
  };
}

const COUNTER = `
  let calls = 0;
  export const handler = async ({ waitMs = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return { pid: process.pid, calls: ++calls };
  };`;

/** Says who it is, and works for so long. */
const working = (ms: number) => `
  export const handler = async () => {
    console.log('pid=' + process.pid + '.');
    await new Promise((resolve) => setTimeout(resolve, ${ms}));
    return 'well';
  };`;
/** The process that the log names, as soon as it does. */
const pidIn = (log: () => string) => vi.waitFor(() => Number(/pid=(\d+)\./.exec(log())![1]), 60_000);

describe('a process that is prepared', () => {
  const LOADED = `
    console.log('pid=' + process.pid + '.');
    export const handler = async () => process.pid;`;

  it('takes the next invocation, and is the only one', async () => {
    const { fn, host, invoke, log } = run(LOADED);
    for (let times = 0; times < 2; times++) host.prepare(fn.arn);
    const pid = await pidIn(log);
    host.prepare(fn.arn);
    expect((await invoke()).result).toBe(pid);
    expect(log().match(/pid=/g)).toHaveLength(1);
    // No invocation but the one.
    expect(host.stats()[0]).toMatchObject({ invocations: 1, errors: 0 });
  });

  it('ends with the host', async () => {
    const { fn, host, log } = run(LOADED);
    host.prepare(fn.arn);
    const pid = await pidIn(log);
    await host.close();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('an invocation', () => {
  it('that computes for long without a pause still answers, and so does the next one', async () => {
    // As a large picture takes on a busy machine; longer than Node keeps idle connections unless it is told to.
    const seconds = howMany(7, 20);
    const { invoke } = run(
      `export const handler = ({ ms = 0 }) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        return process.pid;
      }`,
      { timeoutSeconds: 60 },
    );
    const first = await invoke({ ms: 1000 * seconds });
    expect(first.error).toBeUndefined();
    expect(await invoke()).toEqual(first);
  });

  it('gets the event, the context that Lambda gives, and answers with the result', async () => {
    const { fn, invoke, log } = run(
      `export const handler = async (event, context) => {
        console.log('seen');
        return {
          event,
          name: context.functionName,
          arn: context.invokedFunctionArn,
          memory: context.memoryLimitInMB,
          remaining: context.getRemainingTimeInMillis(),
          requestId: context.awsRequestId,
        };
      }`,
      { timeoutSeconds: 20 },
    );
    const { result } = await invoke({ x: [1, 'ü'] });
    expect(result).toMatchObject({ event: { x: [1, 'ü'] }, name: fn.name, arn: fn.arn, memory: '256' });
    const { remaining, requestId } = result as { remaining: number; requestId: string };
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(20_000);
    expect(log()).toContain('seen');
    expect(log()).toMatch(new RegExp(`REPORT RequestId: ${requestId}\\t.*Memory Size: 256 MB`));
  });

  it('finds its own environment and what Lambda sets, and nothing of ours', async () => {
    process.env.STEPNET_SECRET = 'ours';
    try {
      const { fn, invoke } = run('export const handler = async () => process.env', {
        environment: { MINE: 'yes', AWS_REGION: 'eu-north-1' },
      });
      const environment = (await invoke()).result as Record<string, string>;
      expect(environment).toMatchObject({
        MINE: 'yes',
        AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        _HANDLER: 'index.handler',
        TZ: ':UTC',
        AWS_CONFIG_FILE: devNull,
      });
      expect(environment).not.toHaveProperty('STEPNET_SECRET');
      expect(environment).not.toHaveProperty('HOME');
    } finally {
      delete process.env.STEPNET_SECRET;
    }
  });

  it("fails with the error's own name and message, and the process lives on", async () => {
    const { invoke } = run(`
      class ConfigError extends Error { name = 'ConfigError' }
      let calls = 0;
      export const handler = async () => { if (++calls === 1) throw new ConfigError('layers: wrong'); return calls; }`);
    expect((await invoke()).error).toMatchObject({ errorType: 'ConfigError', errorMessage: 'layers: wrong' });
    expect((await invoke()).result).toBe(2);
  });

  it('refuses an event above the limit, and a result above it', async () => {
    const { invoke } = run('export const handler = async ({ bytes = 0 }) => "x".repeat(bytes)');
    const tooLarge = await invoke({ text: 'x'.repeat(LIMITS.invokeBytes) });
    expect(tooLarge.error).toMatchObject({ errorType: 'RequestEntityTooLargeException' });
    expect(tooLarge.error?.errorMessage).toContain(String(LIMITS.invokeBytes));
    expect((await invoke({ bytes: LIMITS.invokeBytes - 2 })).error).toBeUndefined();
    expect((await invoke({ bytes: LIMITS.invokeBytes })).error?.errorMessage).toContain('result');
  });

  it('is an error of the caller for a function that is not there', async () => {
    const { host } = run(COUNTER);
    await expect(host.invoke('arn:nobody', '{}')).rejects.toThrow('there is no function arn:nobody');
  });
});

describe('processes', () => {
  it('are used again while warm, and are several for invocations at once', async () => {
    const { invoke, host } = run(COUNTER);
    const [a, b] = (await Promise.all([invoke({ waitMs: 300 }), invoke({ waitMs: 300 })])).map(
      ({ result }) => result as { pid: number; calls: number },
    );
    expect(a?.pid).not.toBe(b?.pid);
    const third = (await invoke()).result as { pid: number; calls: number };
    expect([a?.pid, b?.pid]).toContain(third.pid);
    expect(third.calls).toBe(2);
    expect(host.stats()[0]).toMatchObject({ invocations: 3, errors: 0 });
  });

  it('end with a crash, which is Runtime.ExitError, and a new one takes over', async () => {
    const { invoke } = run(
      'export const handler = async ({ die }) => { if (die) process.exit(3); return "well"; }',
    );
    expect((await invoke({ die: true })).error).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    });
    expect((await invoke()).result).toBe('well');
  });

  it('are killed when the time is up', async () => {
    const { invoke, log } = run(
      `export const handler = async ({ busy }) => {
        console.log('pid=' + process.pid + '.');
        while (busy);
        return 'well';
      }`,
      { timeoutSeconds: 1 },
    );
    expect((await invoke({ busy: true })).error).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
    const pid = Number(/pid=(\d+)\./.exec(log())![1]);
    expect(isAlive(pid)).toBe(false);
    expect((await invoke()).result).toBe('well');
  });

  it.each([
    ['buffers', 'Buffer.alloc(20e6, 1)'],
    ['objects', 'Array.from({ length: 1e6 }, (_, i) => ({ i }))'],
  ])('are killed when %s outgrow the memory', async (_, allocate) => {
    const { invoke } = run(
      `const kept = [];
      export const handler = async ({ grow }) => {
        while (grow) { kept.push(${allocate}); await new Promise((resolve) => setTimeout(resolve, 20)); }
        return 'well';
      }`,
      { memoryMb: 160 },
    );
    expect((await invoke({ grow: true })).error?.errorType).toBe('Runtime.ExitError');
    expect((await invoke()).result).toBe('well');
  });

  it('end when the caller gives up', async () => {
    const { invoke, log } = run(working(20_000));
    const caller = new AbortController();
    const outcome = invoke({}, caller.signal);
    const pid = await pidIn(log);
    caller.abort();
    expect((await outcome).error?.errorType).toBe('Runtime.ExitError');
    expect(isAlive(pid)).toBe(false);
  });

  it('end with the host, also those that are busy, whose invocations fail', async () => {
    const { invoke, host, log } = run(working(20_000));
    const outcome = invoke();
    const pid = await pidIn(log);
    await host.close();
    expect(isAlive(pid)).toBe(false);
    expect((await outcome).error?.errorType).toBe('Runtime.ExitError');
    await expect(invoke()).rejects.toThrow('closing');
  });

  it('end when the host is closed while they start', async () => {
    const { invoke, host } = run(COUNTER);
    const outcome = invoke();
    await host.close();
    expect((await outcome).error?.errorType).toBe('Runtime.ExitError');
  });

  it('live on when Ctrl-C reaches them, which is meant for us', async () => {
    const { invoke, log } = run(working(500));
    const outcome = invoke();
    const pid = await pidIn(log);
    process.kill(pid, 'SIGINT');
    expect((await outcome).result).toBe('well');
  });

  // An orphan that computed on would be met by whoever starts the same run again.
  const orphans = [
    ['compute without a pause', working(0).replace('return', 'for (;;);')],
    ['wait', working(20_000)],
  ] as const;
  it.each(orphans.slice(0, howMany(1, 2)))(
    'end when our own process is killed while they %s',
    async (what, code) => {
      const name = `orphan-${what.length}`;
      const fn = bench.bundle(name, code);
      // A clone whose path has signs of URLs.
      const clone = join(bench.folder, 'clone');
      for (const part of ['package.json', 'scripts/cloud', 'scripts/support', 'functions/contract']) {
        cpSync(join(ROOT, part), join(clone, part), { recursive: true });
      }
      if (!existsSync(join(clone, 'node_modules')))
        symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
      const module = pathToFileURL(join(clone, 'scripts/cloud/lambda/function-host.ts'));
      const script = `
      const { FunctionHost } = await import(${JSON.stringify(module)});
      new FunctionHost([${JSON.stringify(fn)}], ${JSON.stringify(logs())}, {}).invoke(${JSON.stringify(fn.arn)}, '{}');`;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
      const log = () => readFileSync(join(logs(), `${name}.log`), 'utf8');
      const pid = await pidIn(log);
      expect(isAlive(pid)).toBe(true);
      parent.kill('SIGKILL');
      onTestFinished(() => {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      });
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 60_000);
    },
  );
});

describe('logs', () => {
  it(
    'that a full disk refuses fail no invocation, and are missed aloud',
    needs(existsSync('/dev/full'), 'no /dev/full'),
    async () => {
      const fn = bench.bundle(
        'unheard',
        `export const handler = async () => {
        process.stdout.write('lost');
        console.log('lost, too');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return process.pid;
      }`,
      );
      mkdirSync(logs(), { recursive: true });
      symlinkSync('/dev/full', join(logs(), 'unheard.log'));
      const complaint = vi.spyOn(console, 'error').mockImplementation(() => {});
      onTestFinished(() => complaint.mockRestore());
      host = new FunctionHost([fn], logs(), {});
      const pids = [await host.invoke(fn.arn, '{}'), await host.invoke(fn.arn, '{}')];
      expect(pids).toEqual(Array(2).fill({ payload: expect.stringMatching(/^\d+$/) }));
      expect(pids[1]).toEqual(pids[0]);
      expect(complaint.mock.calls).toEqual([
        [expect.stringMatching(/^log of unheard: ENOSPC.*the disk is full/)],
      ]);
    },
  );
});

describe('INIT', () => {
  it.each([
    ['throws', 'throw new RangeError("no table"); export const handler = 1', 'RangeError', 'no table'],
    ['cannot be parsed', 'export const handler = async () => {', 'Runtime.UserCodeSyntaxError', ''],
    ['has no handler', 'export const other = 1', 'Runtime.HandlerNotFound', 'handler'],
    ['ends the process', 'process.exit(7); export const handler = 1', 'Runtime.ExitError', 'exit status 7'],
  ])('that %s fails every invocation in a new process', async (_, code, errorType, message) => {
    const { invoke, log } = run(`console.log('pid=' + process.pid + '.');\n${code}`);
    for (let attempt = 0; attempt < 2; attempt++) {
      const { error } = await invoke();
      expect(error?.errorType).toBe(errorType);
      expect(error?.errorMessage).toContain(message);
    }
    const pids = [...log().matchAll(/pid=(\d+)\./g)].map((match) => match[1]);
    expect(new Set(pids).size).toBe(pids.length);
  });

  const slow = (ms: number) =>
    `await new Promise((resolve) => setTimeout(resolve, ${ms})); export const handler = () => 'loaded'`;
  it('that is late begins anew, in the time of its invocation', async () => {
    const { invoke, log } = run(slow(1000), { timeoutSeconds: 60 }, { initTimeoutMs: 300 });
    expect(await invoke()).toEqual({ result: 'loaded', error: undefined });
    expect(log()).toMatch(/^INIT_REPORT Init Duration: 300\.00 ms\tPhase: init\tStatus: timeout$/m);
    expect(await invoke()).toEqual({ result: 'loaded', error: undefined });
    expect(log().match(/INIT_REPORT/g)).toHaveLength(1);
  });

  it('is late after ten seconds, unless told otherwise', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const hangsOnce = `
        import { existsSync, writeFileSync } from 'node:fs';
        const marker = process.env.LAMBDA_TASK_ROOT + '/begun';
        if (!existsSync(marker)) {
          writeFileSync(marker, '');
          console.log('pid=' + process.pid + '.');
          await new Promise((resolve) => setInterval(resolve, 1e9));
        }
        export const handler = () => 'loaded';`;
      const { invoke, log } = run(hangsOnce, { timeoutSeconds: 60 });
      const answer = invoke();
      while (!/pid=\d+\./.test(log())) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(9_999);
      const pid = Number(/pid=(\d+)\./.exec(log())![1]);
      expect(isAlive(pid)).toBe(true);
      vi.advanceTimersByTime(1);
      // Its time is over, and nobody has set another yet.
      expect(vi.getTimerCount()).toBe(0);
      expect(await answer).toEqual({ result: 'loaded', error: undefined });
      expect(log()).toContain('INIT_REPORT Init Duration: 10000.00 ms');
    } finally {
      vi.useRealTimers();
    }
  });

  it('that never ends is given up when that is over', async () => {
    const { invoke } = run(slow(60_000), { timeoutSeconds: 1 }, { initTimeoutMs: 300 });
    expect((await invoke()).error).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
  });
});
