/** `cloud.json` of a cloud that was killed must not lead to whoever has its port now. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { publishCloud, readLocalCloud } from '../../../scripts/cloud/connection.ts';

it('is found while its process runs and its port answers, else not, whoever listens there', async () => {
  const data = mkdtempSync(join(tmpdir(), 'stepnet-connection-'));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
    rmSync(data, { recursive: true });
  });
  const endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const cloud = { endpoints: { s3: endpoint, stepFunctions: endpoint, http: endpoint }, outputs: {} };
  publishCloud(data, cloud);
  expect(await readLocalCloud(data)).toMatchObject(cloud);

  // What a cloud leaves that is killed: the file with its process's id.
  const path = join(data, 'cloud.json');
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pid }));
  await expect(readLocalCloud(data)).rejects.toThrow(/no local cloud runs on .*: start one with npm start/);
});
