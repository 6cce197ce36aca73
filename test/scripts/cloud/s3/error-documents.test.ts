/** What S3's error documents tell beside code and message. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { elementOf, type RawRequest } from './support/raw-http.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

const digest = (algorithm: string, text: string) => createHash(algorithm).update(text);
const md5 = (text: string) => digest('md5', text);

const CASES: [method: string, target: string, request: RawRequest, code: string, details: object][] = [
  ['GET', '/bucket/absent', {}, 'NoSuchKey', { Key: 'absent' }],
  ['GET', '/absent-bucket/key', {}, 'NoSuchBucket', { BucketName: 'absent-bucket' }],
  ['PUT', '/B', {}, 'InvalidBucketName', { BucketName: 'B' }],
  ['PATCH', '/bucket/key', {}, 'MethodNotAllowed', { Method: 'PATCH', ResourceType: 'OBJECT' }],
  ['DELETE', '/bucket/key?uploadId=none', {}, 'NoSuchUpload', { UploadId: 'none' }],
  ['PUT', `/bucket/${'k'.repeat(1025)}`, {}, 'KeyTooLongError', { Size: '1025', MaxSizeAllowed: '1024' }],
  [
    'GET',
    '/bucket?list-type=2&max-keys=x',
    {},
    'InvalidArgument',
    { ArgumentName: 'max-keys', ArgumentValue: 'x' },
  ],
  [
    'GET',
    '/bucket/key',
    { headers: { range: 'bytes=9-' } },
    'InvalidRange',
    { RangeRequested: 'bytes=9-', ActualObjectSize: '6' },
  ],
  ['GET', '/bucket/key', { headers: { 'if-match': '"0"' } }, 'PreconditionFailed', { Condition: 'If-Match' }],
  [
    'PUT',
    '/bucket/key',
    { headers: { 'content-md5': 'bm8gbWQ1' } },
    'InvalidDigest',
    { 'Content-MD5': 'bm8gbWQ1' },
  ],
  [
    'PUT',
    '/bucket/key',
    { headers: { 'content-md5': md5('a').digest('base64') }, body: 'b' },
    'BadDigest',
    { ExpectedDigest: md5('a').digest('hex'), CalculatedDigest: md5('b').digest('base64') },
  ],
  [
    'PUT',
    '/bucket/key',
    { headers: { 'x-amz-content-sha256': digest('sha256', 'a').digest('hex') }, body: 'b' },
    'XAmzContentSHA256Mismatch',
    {
      ClientComputedContentSHA256: digest('sha256', 'a').digest('hex'),
      S3ComputedContentSHA256: digest('sha256', 'b').digest('hex'),
    },
  ],
  [
    'PUT',
    '/bucket/key',
    { headers: { 'x-amz-content-sha256': 'nonsense' } },
    'InvalidArgument',
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: 'nonsense' },
  ],
  [
    'PUT',
    '/bucket/key',
    { headers: { 'x-amz-meta-a': 'x'.repeat(2048) } },
    'MetadataTooLarge',
    { Size: '2049', MaxSizeAllowed: '2048' },
  ],
];

describe('error documents', () => {
  it.each(CASES)('of %s %.40s with %o: %s', async (method, target, request, code, details) => {
    const { body, headers, ...answer } = await server.send(method, target, request);
    expect(answer.code).toBe(code);
    const found = Object.fromEntries(Object.keys(details).map((name) => [name, elementOf(body, name)]));
    expect(found).toEqual(details);
    expect(elementOf(body, 'RequestId')).toBe(headers['x-amz-request-id']);
    expect(elementOf(body, 'HostId')).toBe(headers['x-amz-id-2']);
    expect(headers['x-amz-id-2']).not.toBe('');
  });

  it('of a completion name upload and part', async () => {
    const created = await server.send('POST', '/bucket/key?uploads');
    const UploadId = elementOf(created.body, 'UploadId')!;
    const upload = `/bucket/key?uploadId=${UploadId}`;
    const etag = `"${md5('x').digest('hex')}"`;
    for (const number of [1, 2]) await server.send('PUT', `${upload}&partNumber=${number}`, { body: 'x' });
    const complete = async (...numbers: number[]) => {
      const parts = numbers.map(
        (number) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const answer = await server.send('POST', upload, { body });
      return (name: string) => elementOf(answer.body, name);
    };
    const unknown = await complete(3);
    expect(['Code', 'UploadId', 'PartNumber', 'ETag'].map(unknown)).toEqual([
      'InvalidPart',
      UploadId,
      '3',
      md5('x').digest('hex'),
    ]);
    const reversed = await complete(2, 1);
    expect(['Code', 'UploadId'].map(reversed)).toEqual(['InvalidPartOrder', UploadId]);
    const small = await complete(1, 2);
    expect(['Code', 'ProposedSize', 'MinSizeAllowed', 'PartNumber', 'ETag'].map(small)).toEqual([
      'EntityTooSmall',
      '1',
      '5242880',
      '1',
      md5('x').digest('hex'),
    ]);
  });
});

describe('times', () => {
  it('are written with milliseconds, of which there are none', async () => {
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;
    expect(elementOf((await server.send('GET', '/')).body, 'CreationDate')).toMatch(time);
    expect(elementOf((await server.send('GET', '/bucket?list-type=2')).body, 'LastModified')).toMatch(time);
  });
});
