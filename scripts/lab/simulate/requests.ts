/** Requests to S3 and to mirrors: what they are about, and what may be made of their answers. */
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../cloud/s3/checksums.ts';
import type { WholeAnswer } from '../../cloud/s3/core.ts';
import type { ObjectRecord } from '../../cloud/s3/records.ts';
import type { SentRequest } from './http.ts';
import type { Random } from './random.ts';
import { FILES, MIRROR_HOST } from './tiny-dataset.ts';

export const isConditional = ({ method, headers }: SentRequest): boolean =>
  method !== 'GET' && ('if-match' in headers || 'if-none-match' in headers);

/** The last request of an upload in parts. */
export const isCompletion = ({ method, target }: SentRequest): boolean =>
  method === 'POST' && target.includes('uploadId=');

/** Whether there was a write: also of the same bytes, which stand in a place of their own. */
export function isChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): boolean {
  return before?.modified !== after?.modified || before?.content[0]?.[0] !== after?.content[0]?.[0];
}

export function keyOf({ target }: SentRequest, bucket: string): string {
  const path = decodeURIComponent(target.split('?')[0]!);
  return path.startsWith(`/${bucket}/`) ? path.slice(bucket.length + 2) : '';
}

/** A file of the dataset, as a mirror serves it. */
export function download({ target }: SentRequest): WholeAnswer {
  const file = FILES.get(/([^/]+)\.gz$/.exec(target)?.[1] ?? '');
  if (file === undefined) return { status: 404, headers: {}, body: new Uint8Array(0) };
  const body = gzipSync(file);
  return { status: 200, headers: { 'content-length': String(body.length) }, body };
}

export function refusal(status: number, code: string): WholeAnswer {
  const body = Buffer.from(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

export function describe(host: string, { method, target, headers }: SentRequest): string {
  const { 'if-match': same, 'if-none-match': other } = headers;
  const without = other === undefined ? '' : other === '*' ? ' if new' : ' if changed';
  const condition = same === undefined ? without : ` if ${same.slice(1, 7)}`;
  const [path = '', query = ''] = decodeURIComponent(target).split('?');
  const prefix = /prefix=([^&]*)/.exec(query)?.[1];
  const object = path.split('/').slice(2).join('/');
  if (host === MIRROR_HOST) return `GET https://${host}${path}`;
  return `${prefix === undefined ? `${method} ${object}` : `LIST ${prefix}`}${condition}`;
}

/** Other bytes than were stored, with a checksum that fits them. */
export function damaged(reply: WholeAnswer, random: Random): WholeAnswer {
  if (reply.status !== 200 && reply.status !== 206) return reply;
  const body = Uint8Array.from(reply.body);
  // In the second half: in the data, not in what says how long it is.
  const at = body.length - 1 - random.below(Math.ceil(body.length / 2));
  body[at] = (body[at] ?? 0) ^ (1 << random.below(8));
  const headers = { ...reply.headers };
  if ('x-amz-checksum-crc32' in headers) {
    headers['x-amz-checksum-crc32'] = digestOf('CRC32', body).toString('base64');
  }
  return { ...reply, headers, body };
}
