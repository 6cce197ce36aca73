/** Copies below the SDK: who may make them, of which version, and that nobody waits for one. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { answer, answerWhole, type S3Call } from '../../../../scripts/cloud/s3/core.ts';
import { S3Error } from '../../../../scripts/cloud/s3/errors.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { bytesOf } from './conformance/subject.ts';
import { elementOf } from './support/raw-http.ts';

const MIB = 2 ** 20;

function openStore(): S3Store {
  const store = new S3Store({ file: ':memory:' });
  onTestFinished(() => store.close());
  store.buckets.create('bucket');
  store.buckets.create('other');
  return store;
}

const headOf = (method: string, target: string, headers: Record<string, string> = {}) => ({
  id: '1',
  method,
  target,
  headers,
});

function send(
  store: S3Store,
  method: string,
  target: string,
  {
    headers = {},
    body = '',
    hook,
  }: { headers?: object; body?: string | Uint8Array; hook?: (call: S3Call) => void } = {},
) {
  const bytes = Buffer.from(body);
  const all = { 'content-length': String(bytes.length), ...headers };
  const whole = answerWhole(store, { ...headOf(method, target, all), body: bytes }, hook);
  const text = Buffer.from(whole.body).toString('utf8');
  return { ...whole, text, code: elementOf(text, 'Code') };
}

const from = (source: string) => ({ 'x-amz-copy-source': source });

describe('a copy', () => {
  it('is made in slices between which others get their turn, of what was there at its beginning', () => {
    const store = openStore();
    const body = bytesOf(6 * MIB + 5);
    send(store, 'PUT', '/bucket/from', { body });
    const copying = answer(store, headOf('PUT', '/bucket/to', from('bucket/from')));
    let step = copying.next();
    let turns = 0;
    for (; !step.done; step = copying.next()) {
      if (turns++ > 0) continue;
      send(store, 'PUT', '/bucket/from', { body: 'other' });
      expect(send(store, 'HEAD', '/bucket/to').status).toBe(404);
    }
    expect(turns).toBe(7);
    expect(step.value.status).toBe(200);
    expect(Buffer.compare(store.read('bucket', 'to')!, body)).toBe(0);
  });

  it('that is broken off leaves nothing', () => {
    const store = openStore();
    send(store, 'PUT', '/bucket/from', { body: bytesOf(3 * MIB) });
    const copying = answer(store, headOf('PUT', '/bucket/to', from('bucket/from')));
    for (const _ of [1, 2, 3]) copying.next();
    const { value } = copying.throw(new S3Error('IncompleteBody', 'the client has left'));
    expect(value).toMatchObject({ status: 400 });
    expect(store.read('bucket', 'to')).toBeUndefined();
    expect(send(store, 'DELETE', '/bucket/from').status).toBe(204);
    expect(send(store, 'DELETE', '/bucket').status).toBe(204);
  });

  it('needs the permission to read there and the one to write here, as a part does', () => {
    const store = openStore();
    send(store, 'PUT', '/other/from', { body: 'x' });
    const upload = elementOf(send(store, 'POST', '/bucket/to?uploads').text, 'UploadId');
    const targets = ['/bucket/to', `/bucket/to?uploadId=${upload}&partNumber=1`];
    const versioned = { action: 's3:GetObjectVersion', resource: 'arn:aws:s3:::other/from' };
    for (const target of targets) {
      const calls: [action: string, resource: string][] = [];
      const hook = ({ action, resource }: S3Call) => void calls.push([action, resource]);
      expect(send(store, 'PUT', target, { headers: from('other/from'), hook }).status).toBe(200);
      expect(calls.sort()).toEqual([
        ['s3:GetObject', 'arn:aws:s3:::other/from'],
        ['s3:PutObject', 'arn:aws:s3:::bucket/to'],
      ]);
      for (const [action, resource, source] of [
        ['s3:GetObject', 'arn:aws:s3:::other/from', 'other/from'],
        ['s3:PutObject', 'arn:aws:s3:::bucket/to', 'other/from'],
        [versioned.action, versioned.resource, 'other/from?versionId=null'],
      ] as const) {
        send(store, 'DELETE', '/bucket/to');
        const refuse = (call: S3Call) => {
          if (call.action === action && call.resource === resource) {
            throw new S3Error('AccessDenied', 'Access Denied');
          }
        };
        const refused = send(store, 'PUT', target, { headers: from(source), hook: refuse });
        expect(refused).toMatchObject({ status: 403, code: 'AccessDenied' });
        expect(store.read('bucket', 'to')).toBeUndefined();
      }
    }
  });

  it('may be of an old version, also onto itself, and names what it was made of', () => {
    const store = openStore();
    const enable = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    send(store, 'PUT', '/bucket?versioning', { body: enable });
    const first = send(store, 'PUT', '/bucket/key', { body: 'first' }).headers['x-amz-version-id']!;
    send(store, 'PUT', '/bucket/key', { body: 'second' });
    expect(send(store, 'PUT', '/bucket/key', { headers: from('bucket/key') }).code).toBe('InvalidRequest');
    const restored = send(store, 'PUT', '/bucket/key', { headers: from(`bucket/key?versionId=${first}`) });
    expect(restored.headers['x-amz-copy-source-version-id']).toBe(first);
    expect(restored.headers['x-amz-version-id']).not.toBe(first);
    expect(send(store, 'GET', '/bucket/key').text).toBe('first');
    const marker = send(store, 'DELETE', '/bucket/key').headers['x-amz-version-id'];
    expect(send(store, 'PUT', '/bucket/to', { headers: from('bucket/key') }).code).toBe('NoSuchKey');
    const ofMarker = send(store, 'PUT', '/bucket/to', { headers: from(`bucket/key?versionId=${marker}`) });
    expect(ofMarker).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});
