/** What the runbook says of getting objects back works as it is written, on a bucket as the app declares it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { expect, inject, it } from 'vitest';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { clientOf } from './support/clients.ts';
import { startServer } from './support/servers.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../../../docs/runbook.md'), 'utf8');
const COMMANDS = [...RUNBOOK.matchAll(/^aws s3api (\S+) (.*)$/gm)].map(([, name, rest]) => ({
  name: name!,
  words: rest!.split(' '),
}));
const OPERATIONS: Record<string, new (input: never) => object> = {
  'list-object-versions': sdk.ListObjectVersionsCommand,
  'delete-object': sdk.DeleteObjectCommand,
  'get-object': sdk.GetObjectCommand,
  'put-object': sdk.PutObjectCommand,
};

it('says how, and has no other commands', () => {
  expect(COMMANDS.map(({ name }) => name)).toEqual(Object.keys(OPERATIONS));
});

it('brings back what was deleted and what was overwritten', async () => {
  const { buckets } = describeResources(readAssembly(inject('assembly')), {
    parameters: {},
    endpoint: 'http://127.0.0.1',
  });
  const { name: Bucket, ...properties } = buckets[0]!;
  const server = await startServer({ file: ':memory:' });
  server.createBucket(Bucket, properties);
  const client = clientOf(server.endpoint);
  const Key = 'models/mnist/latest.json';
  const put = (Body: string) => client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }));
  const read = async () =>
    (await client.send(new sdk.GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

  /** The runbook's command of that name, with values for its words in capitals. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has an answer of its own
  async function run(name: string, values: Record<string, string> = {}): Promise<any> {
    const { words } = COMMANDS.find((command) => command.name === name)!;
    const input: Record<string, string> = {};
    for (let i = 0; i + 1 < words.length; i += 2) {
      const option = words[i]!.slice(2).replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
      input[option] = { BUCKET: Bucket, KEY: Key, ...values }[words[i + 1]!]!;
    }
    return await client.send(new OPERATIONS[name]!(input as never) as never);
  }

  await put('good');
  await put('bad');
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchKey' });

  const { DeleteMarkers, Versions } = await run('list-object-versions');
  expect(DeleteMarkers).toMatchObject([{ Key, IsLatest: true }]);
  await run('delete-object', { MARKER: DeleteMarkers[0].VersionId });
  expect(await read()).toBe('bad');

  const found = await run('get-object', { VERSION: Versions[1].VersionId });
  await run('put-object', { FILE: await found.Body.transformToString() });
  expect(await read()).toBe('good');
  client.destroy();
});
