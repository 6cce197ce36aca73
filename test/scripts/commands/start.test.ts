/** `npm start` and `npm run train` as processes: killed, interrupted, refused, and through to the end. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { LIMITS } from '../../../functions/contract/limits.ts';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { synthesize } from '../../../scripts/build/synthesize.ts';
import { findTarget } from '../../../scripts/client/target.ts';
import type { PublishedCloud } from '../../../scripts/cloud/connection.ts';
import { S3Store } from '../../../scripts/cloud/s3/store.ts';
import { ExecutionStore } from '../../../scripts/cloud/stepfunctions/execution-store.ts';
import { makeDataFolder } from '../../support/data-folder.ts';
import { isProof, proofOnly } from '../../support/needs.ts';
import { type Command, run } from '../command.ts';

/** Twenty chunks: however fast one is, there is time to be killed between the second and the last. */
const STEPS = 200;
const JOB = [
  ['--iterations', STEPS],
  ['--chunk-iterations', 10],
  ['--evaluate-every', STEPS],
  ['--learning-rate', 0.5],
  ['--port', 0],
]
  .flat()
  .map(String);

let folder: string;
const commands: Command[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-start-'));
});
afterAll(async () => {
  // Nothing is left running when a test has failed half way.
  for (const command of commands) command.process.kill('SIGKILL');
  await Promise.all(commands.map(({ exit }) => exit));
  rmSync(folder, { recursive: true, force: true });
});

const dataFolder = (name: string, hasMnist = !isProof): string =>
  makeDataFolder(join(folder, name), hasMnist);

function start(...args: string[]): Command {
  const command = run('commands/start.ts', args);
  commands.push(command);
  return command;
}

/** Keys of all objects, and the bytes of one. */
function stored(data: string, key: string): { keys: string[]; bytes: Uint8Array } {
  const store = new S3Store({ file: join(data, 's3.sqlite') });
  try {
    const bucket = store.buckets.list()[0]!.name;
    const query = { prefix: '', delimiter: '', after: '', maxKeys: 1000 };
    return {
      keys: store.objects.list(bucket, query).items.map((item) => item.key),
      bytes: store.read(bucket, key)!,
    };
  } finally {
    store.close();
  }
}

/** Executions of the folder, and how often each has begun. */
function executed(data: string) {
  const store = new ExecutionStore(join(data, 'stepfunctions.sqlite'));
  try {
    return store.list({}, 0, 100).map(({ number, name, status }) => {
      const events = store.events(number, 0, LIMITS.historyEvents);
      return { name, status, starts: events.filter(({ type }) => type === 'ExecutionStarted').length };
    });
  } finally {
    store.close();
  }
}

const published = (data: string) =>
  JSON.parse(readFileSync(join(data, 'cloud.json'), 'utf8')) as PublishedCloud;

/** Waits until the run has this many evaluations or checkpoints behind it. */
async function reached(data: string, runId: string, checkpoints: number): Promise<void> {
  const { http } = published(data).endpoints;
  await vi.waitUntil(
    async () => {
      const response = await fetch(`${http}/runs/${runId}`);
      if (!response.ok) return false;
      return ((await response.json()) as { metrics: unknown[] }).metrics.length >= checkpoints;
    },
    { timeout: 150_000, interval: 10 },
  );
}

const TRAINING = /training run (\S+): 784-50-10 on mnist, batches of 100, seed 0/;

/**
 * Lines as README shows them of `npm start` and as a command has printed them, without what differs from run to run: ids,
 * figures, ports, folders. Rows of the table are not among them; test/docs.test.ts has its columns.
 */
const formsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^( +(epoch|\d).*|…?)$/.test(line))
    .map((line) =>
      line
        .replace(/mnist-\d{8}-\d{6}-[0-9a-f]{4}/, 'RUN')
        .replace(/@\S+/, '@FILE')
        .replace(/(local cloud on) \S+/, '$1 FOLDER')
        .replaceAll(/\d[\d.,]*/g, '0'),
    );
const SHOWN = /```text\n(starting[\s\S]*?)(\nserving[\s\S]*?)```/.exec(
  readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8'),
)!;

describe('npm start', { timeout: 240_000 }, () => {
  it('interrupted says how to go on', proofOnly, async () => {
    const data = dataFolder('interrupted');
    const interrupted = start('--exit', '--data', data, ...JOB);
    const [, runId] = await interrupted.printed(TRAINING);
    await reached(data, runId!, 2);
    process.kill(-interrupted.process.pid!, 'SIGINT');
    expect(await interrupted.exit).toBe(130);
    expect(interrupted.stdout).toContain('the next start on this folder goes on from there');
    expect(interrupted.stdout).not.toContain('attempt failed');
    expect(interrupted.stderr).toBe('');

    // Stopped, it is taken up under the next name.
    const serving = start('--serve', '--data', data, '--port', '0');
    await serving.printed(/^serving on /m);
    expect(serving.stdout).toContain(`going on where they were: ${runId}\n`);
    const { client, output } = await findTarget({ data });
    const stateMachineArn = output(OUTPUTS.stateMachine);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
    await client.send(new StopExecutionCommand({ executionArn }));
    client.destroy();
    process.kill(-serving.process.pid!, 'SIGINT');
    expect(await serving.exit).toBe(0);
    const again = start('--exit', '--data', data, ...JOB);
    expect(await again.exit, again.stderr).toBe(0);
    expect(again.stdout).toContain(`resuming run ${runId}: `);
    expect(executed(data)).toEqual([
      { name: runId, status: 'ABORTED', starts: 1 },
      { name: `${runId}.1`, status: 'SUCCEEDED', starts: 1 },
    ]);
  });

  it('killed goes on where it was, and ends with the bytes of a run that was not', async () => {
    const whole = dataFolder('whole');
    const undisturbed = start('--exit', '--data', whole, ...JOB);
    const broken = dataFolder('broken');
    const killed = start('--exit', '--data', broken, ...JOB);
    const [, runId] = await killed.printed(TRAINING);
    await reached(broken, runId!, 4);
    killed.process.kill('SIGKILL');
    expect(await killed.exit).toBe('SIGKILL');
    expect(killed.stdout).not.toContain('promoted');

    const resumed = start('--exit', '--data', broken, ...JOB);
    expect(await resumed.exit, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain(`going on where they were: ${runId}\n`);
    expect(resumed.stdout).toContain(`resuming run ${runId}: `);
    // The same execution, whose table is shown from its begin; a function that ran then was tried again.
    expect(resumed.stdout).toMatch(/^ +0 +0 /m);
    expect(executed(broken)).toEqual([{ name: runId, status: 'SUCCEEDED', starts: 1 }]);
    expect(resumed.stdout).toContain('promoted as mnist version 1');

    expect(await undisturbed.exit, undisturbed.stderr).toBe(0);
    const [, wholeRunId] = await undisturbed.printed(TRAINING);
    expect(undisturbed.stdout).toMatch(/^ +0 +0 /m);
    expect(undisturbed.stdout).toMatch(/promoted as mnist version 1, test accuracy 0\.\d{4}/);
    expect(undisturbed.stdout).toMatch(/test image 0 is a 7; mnist version 1 says 7 with probability/);
    expect(formsOf(undisturbed.stdout)).toEqual(expect.arrayContaining(formsOf(SHOWN[1]!)));

    const plot = join(whole, 'plots', wholeRunId!);
    expect(undisturbed.stdout).toContain(`plot: ${plot}.svg\n`);
    expect(readFileSync(`${plot}.svg`, 'utf8')).toContain('>test acc</text>');

    const a = stored(whole, KEYS.checkpoint(wholeRunId!, STEPS));
    const b = stored(broken, KEYS.checkpoint(runId!, STEPS));
    // The index of runs has times in its keys.
    const timeless = (keys: string[]) =>
      keys.map((key) => key.replace(runId!, wholeRunId!).replaceAll(/\d{4}(-\d\d){2}T[\d:.]+Z/g, 'TIME'));
    expect(timeless(b.keys)).toEqual(timeless(a.keys));
    expect(a.bytes.length).toBeGreaterThan(4 * (784 * 50 + 50 * 10));
    expect(Buffer.compare(b.bytes, a.bytes)).toBe(0);
  });

  it('serves what is there, as many at a time as it is told, takes runs of npm run train, and refuses a second cloud on the folder', async () => {
    // As people name it.
    const data = relative('.', join(folder, 'whole'));
    const serving = start('--serve', '--data', data, '--port', '0', '--concurrency', '10');
    const [, endpoint] = await serving.printed(/serving on (http:\/\/127\.0\.0\.1:\d+) until Ctrl-C/);
    await serving.printed(/@\S+\n/);
    expect(formsOf(serving.stdout)).toEqual(expect.arrayContaining(formsOf(SHOWN[2]!)));
    const crowd = Array.from({ length: 30 }, async () => (await fetch(`${endpoint}/models`)).status);
    expect(new Set(await Promise.all(crowd))).toEqual(new Set([200, 503]));
    const second = start('--data', data, '--port', '0');
    const job = ['--name', 'by-hand', '--iterations', '20', '--model', 'other'];
    const train = run('commands/train.ts', ['--data', data, ...job]);
    commands.push(train);
    expect(await train.exit, train.stderr).toBe(0);
    expect(train.stdout).toMatch(
      /run by-hand started[\s\S]*promoted as other version 1, test accuracy 0\.\d{4}/,
    );
    expect(await second.exit).toBe(1);
    expect(second.stderr).toMatch(/data folder in use by process \d+/);
    const body = readFileSync(join(data, 'example.json'));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${endpoint}/predict?model=other`, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ model: 'other', version: 1 });
    serving.process.kill('SIGINT');
    expect(await serving.exit).toBe(0);
    // Nothing that ran has written into the assembly: it serves the next start as it is.
    expect(await synthesize(data)).toMatchObject({ fresh: false });
  });

  it('ends with 1 and the reason when the run fails, which is after its dataset was downloaded', async () => {
    const data = dataFolder('failing', false);
    const failing = start('--exit', '--data', data, '--port', '0', '--layers', '[100,10]');
    expect(await failing.exit).toBe(1);
    expect(failing.stderr).toMatch(/^run failed: ConfigError: .*100.*784/);
    expect(failing.stderr).toContain('logs of the functions');
  });

  it.each([
    ['--port', 'http', /^--port: got "http", expected a whole number from 0 to 65535/],
    ['--concurrency', '0', /^--concurrency: got "0", expected a whole number from 1 to 100000/],
    ['--source', 'disk', /^--source disk: expected mirror or internet/],
    ['--mirror-access', 'all', /^--mirror-access: MIRROR_ACCESS: got "all", expected public or any/],
    ['--mirror-access', 'public', /^--mirror-access public: .*expected --source internet, too/],
    [
      '--dataset-mirrors',
      'http://a/',
      /^--dataset-mirrors: .*got "http:\/\/a\/", expected https URLs unless MirrorAccess/,
    ],
    ['-c', 'auth', /^-c auth: expected NAME=VALUE/],
    ['-c', 'auth=iam', /^-c auth=iam: expected --serve, too/],
  ])('ends with 2 on %s %s, says what is allowed, and makes nothing', async (option, value, message) => {
    const refused = start('--data', join(folder, 'never'), option, value);
    expect(await refused.exit, refused.stderr).toBe(2);
    expect(refused.stderr).toMatch(message);
    expect(refused.stdout).toBe('');
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
