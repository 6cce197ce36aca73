import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mirror, startMirror } from '../../../scripts/cloud/mnist-mirror.ts';

describe('MNIST mirror', () => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await startMirror();
  });
  afterAll(() => mirror.close());

  it('serves a gzipped IDX file whose uncompressed bytes are the real ones', async () => {
    const response = await fetch(`${mirror.url}t10k-labels-idx1-ubyte.gz`);
    const bytes = gunzipSync(Buffer.from(await response.arrayBuffer()));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    );
  });

  it.each(['', 'package.json', '..%2Fpackage.json.gz', 'nothing.gz'])('answers 404 for /%s', async (path) => {
    expect((await fetch(`${mirror.url}${path}`)).status).toBe(404);
  });
});
