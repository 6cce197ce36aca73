/** Who owns a data folder, and how others find the cloud that does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { startLocalCloud } from '../../../scripts/cloud/cloud.ts';
import { readLocalCloud, trainingStateMachineArn } from '../../../scripts/cloud/connection.ts';
import { type Workbench, workbench } from './functions.ts';

let bench: Workbench;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

const start = (more: object = {}) =>
  startLocalCloud({ assemblyDir: inject('assembly'), dataDir: bench.folder, httpPort: 0, ...more });

describe('a data folder', () => {
  it('belongs to one cloud at a time, which others find there', async () => {
    await expect(readLocalCloud(bench.folder)).rejects.toThrow(
      /no local cloud runs on .*npm start -- --data '.*#%41\? .*', .*--stack/,
    );
    const cloud = await start();
    const found = await readLocalCloud(bench.folder);
    expect(found).toEqual({ endpoints: cloud.endpoints, outputs: cloud.outputs, pid: process.pid });
    expect(trainingStateMachineArn(found.outputs)).toBe(
      cloud.outputs['stepnet-training']![OUTPUTS.stateMachine],
    );
    await expect(start()).rejects.toThrow(/data folder in use by process \d+.*choose another/);
    expect((await fetch(`${cloud.endpoints.http}/v2/health/live`)).status).toBe(200);
    await cloud.close();
    await expect(readLocalCloud(bench.folder)).rejects.toThrow('no local cloud runs on');
    await (await start()).close();
  });

  it('that a killed cloud left is free, and its file leads nobody astray', async () => {
    const module = new URL('../../../scripts/cloud/cloud.ts', import.meta.url);
    const options = { assemblyDir: inject('assembly'), dataDir: bench.folder, httpPort: 0 };
    const script = `
      const { startLocalCloud } = await import(${JSON.stringify(module)});
      await startLocalCloud(${JSON.stringify(options)});
      console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await readLocalCloud(bench.folder);
    await expect(start()).rejects.toThrow(`data folder in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(bench.folder, 'cloud.json'))).toBe(true);
    await expect(readLocalCloud(bench.folder)).rejects.toThrow('no local cloud runs on');
    await (await start()).close();
  });
});

describe('ports', () => {
  it('are those that are asked for; one that is taken is named with its option, before anything is made', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const assemblyDir = () => expect.unreachable('the ports come first');
    for (const [name, option] of [
      ['httpPort', '--port'],
      ['s3Port', '--s3-port'],
      ['stepFunctionsPort', '--step-functions-port'],
    ]) {
      const taken = start({ assemblyDir, [name!]: port });
      await expect(taken).rejects.toThrow(
        `port ${port} is in use: stop what listens there, or choose another with ${option}`,
      );
    }
    await new Promise((resolve) => other.close(resolve));
    const cloud = await start({ s3Port: port });
    expect(cloud.endpoints.s3).toBe(`http://127.0.0.1:${port}`);
    await cloud.close();
  });
});

describe('a start that fails', () => {
  it('because of the port says so, before anything is synthesized, and frees the folder', async () => {
    const cloud = await start();
    const httpPort = Number(new URL(cloud.endpoints.http).port);
    const elsewhere = join(bench.folder, 'elsewhere');
    const synthesized: string[] = [];
    const assemblyDir = async () => {
      synthesized.push('now');
      return inject('assembly');
    };
    await expect(start({ httpPort, dataDir: elsewhere, assemblyDir })).rejects.toThrow(
      `port ${httpPort} is in use`,
    );
    expect(synthesized).toEqual([]);
    await cloud.close();
    await (await start({ httpPort, dataDir: elsewhere, assemblyDir })).close();
    expect(synthesized).toEqual(['now']);
  });

  it('because of the assembly frees the folder', async () => {
    await expect(start({ assemblyDir: join(bench.folder, 'nothing') })).rejects.toThrow('cloud assembly');
    await (await start()).close();
  });
});

describe('connection', () => {
  it('names a file that is damaged', async () => {
    writeFileSync(join(bench.folder, 'cloud.json'), '{"endpoints"');
    await expect(readLocalCloud(bench.folder)).rejects.toThrow(/cloud\.json: .*JSON/);
  });

  it('needs a stack with the state machine', () => {
    expect(() => trainingStateMachineArn({ other: { Url: 'x' } })).toThrow('StateMachineArn');
  });
});
