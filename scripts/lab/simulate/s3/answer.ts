/** The REST protocol in front of the model: a whole request in, a whole answer out, nothing in between. */
import { S3Error } from '../../../cloud/s3/errors.ts';
import { checksumHeaders, quoted, xmlAnswer } from '../../../cloud/s3/operations/answers.ts';
import { headersToKeep } from '../../../cloud/s3/operations/object-headers.ts';
import { parseRange } from '../../../cloud/s3/operations/range.ts';
import { parseRequest } from '../../../cloud/s3/request.ts';
import { errorAnswer } from '../../../cloud/s3/router.ts';
import { childText, malformedXml, parseXml, type XmlNode } from '../../../cloud/s3/xml.ts';
import { type S3Model, type StoredObject, unquote } from './model.ts';
import { completeUpload, createUpload, uploadPart } from './multipart.ts';
import { type Call, receive } from './receive.ts';

export interface WholeRequest {
  method: string;
  /** `/bucket/key?query`. */
  target: string;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: Uint8Array;
}

export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

const MAX_KEYS = 1000;

/** Refusals are answers, too. @throws Error for what the model does not know */
export function answer(model: S3Model, bucket: string, whole: WholeRequest): WholeAnswer {
  const { method, target, headers, body } = whole;
  try {
    const request = parseRequest(method, target, headers, nothing());
    if (request.bucket !== bucket) throw new S3Error('NoSuchBucket', 'The bucket does not exist');
    const {
      status,
      headers: answered,
      body: content = '',
    } = operate({ model, request, key: request.key ?? '', body });
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat([...content]);
    return { status, headers: answered, body: method === 'HEAD' ? new Uint8Array(0) : bytes };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const refusal = errorAnswer(error, target.split('?')[0]!, '0');
    const text = method === 'HEAD' ? '' : String(refusal.body);
    return { status: refusal.status, headers: refusal.headers, body: Buffer.from(text) };
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function operate(call: Call): ReturnType<typeof xmlAnswer> {
  const { model, request, key } = call;
  const { method, query, headers } = request;
  const has = (name: string) => query.has(name);
  if (key === '') {
    if (method === 'HEAD') return { status: 200, headers: {} };
    if (method === 'GET' && query.get('list-type') === '2') return list(call);
    if (method === 'POST' && has('delete')) return deleteMany(call);
  } else if (method === 'POST' && has('uploads')) return createUpload(call);
  else if (method === 'POST' && has('uploadId')) return completeUpload(call);
  else if (method === 'PUT' && has('uploadId')) return uploadPart(call);
  else if (method === 'DELETE' && has('uploadId')) {
    const id = query.get('uploadId')!;
    model.upload(key, id);
    model.uploads.delete(id);
    return { status: 204, headers: {} };
  } else if (method === 'PUT') return put(call);
  else if (method === 'GET' || method === 'HEAD') return get(call);
  else if (method === 'DELETE') {
    model.objects.has(key) || headers['if-match'] !== undefined
      ? model.delete(key, headers['if-match'])
      : undefined;
    return { status: 204, headers: {} };
  }
  throw new Error(`the model does not know ${method} ${request.key} ?${query}`);
}

function put(call: Call): ReturnType<typeof xmlAnswer> {
  const { model, key, request } = call;
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const object = { ...receive(call), headers: headersToKeep(request.headers) };
  const stored = model.put(key, object, { ifMatch, ifNoneMatch });
  return { status: 200, headers: { etag: quoted(stored.etag), ...checksumHeaders(stored.checksum) } };
}

function get({ model, key, request: { headers } }: Call): ReturnType<typeof xmlAnswer> {
  const object = model.get(key);
  const version = { etag: quoted(object.etag), 'last-modified': new Date(object.modified).toUTCString() };
  if (!isWanted(object, headers)) return { status: 304, headers: version };
  const range = parseRange(headers.range, object.bytes.length);
  const { start, end } = range ?? { start: 0, end: object.bytes.length };
  const checked = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...object.headers,
      ...version,
      ...(checked ? checksumHeaders(object.checksum) : {}),
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.bytes.length}` }),
      'accept-ranges': 'bytes',
      'content-length': String(end - start),
    },
    body: [object.bytes.subarray(start, end)],
  };
}

/** RFC 9110, section 13.2.2. @throws S3Error PreconditionFailed */
function isWanted({ etag, modified }: StoredObject, headers: Readonly<Record<string, string>>): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  // Dates have whole seconds.
  const second = Math.floor(modified / 1000) * 1000;
  const dateOf = (name: string) => (headers[name] === undefined ? Number.NaN : Date.parse(headers[name]));
  const isStale = ifMatch === undefined ? second > dateOf('if-unmodified-since') : unquote(ifMatch) !== etag;
  if (isStale) throw new S3Error('PreconditionFailed', 'A pre-condition did not hold');
  if (ifNoneMatch !== undefined) return unquote(ifNoneMatch) !== etag;
  return !(second <= dateOf('if-modified-since'));
}

function list({ model, request: { query } }: Call): ReturnType<typeof xmlAnswer> {
  const token = query.get('continuation-token');
  if (token !== null && Buffer.from(token, 'base64url').toString('base64url') !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const maxKeys = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
  const prefix = query.get('prefix') ?? '';
  const page = model.list({ prefix, delimiter: query.get('delimiter') ?? '', after, maxKeys });
  const last = page.entries.at(-1);
  // Behind a folder means behind all of its keys: no byte of UTF-8 is 255.
  const encode = (text: string) =>
    query.get('encoding-type') === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text;
  return xmlAnswer([
    'ListBucketResult',
    [
      ['Prefix', encode(prefix)],
      ['KeyCount', page.entries.length],
      ['MaxKeys', maxKeys],
      ['IsTruncated', page.isTruncated],
      ['EncodingType', query.get('encoding-type') ?? undefined],
      ['NextContinuationToken', page.isTruncated ? Buffer.from(last!.key).toString('base64url') : undefined],
      ...page.entries.map(({ key, isFolder }): XmlNode => {
        if (isFolder) return ['CommonPrefixes', [['Prefix', encode(key)]]];
        const { etag, bytes, modified } = model.get(key);
        return [
          'Contents',
          [
            ['Key', encode(key)],
            ['LastModified', new Date(modified).toISOString()],
            ['ETag', quoted(etag)],
            ['Size', bytes.length],
          ],
        ];
      }),
    ],
  ]);
}

function deleteMany(call: Call): ReturnType<typeof xmlAnswer> {
  const document = parseXml(Buffer.from(receive(call).bytes).toString());
  const isQuiet = childText(document, 'Quiet') === 'true';
  const outcomes: XmlNode[] = [];
  for (const element of document.children.filter(({ name }) => name === 'Object')) {
    const key = childText(element, 'Key');
    if (key === undefined) throw malformedXml('an <Object> without <Key>');
    try {
      call.model.delete(key, childText(element, 'ETag'));
      if (!isQuiet) outcomes.push(['Deleted', [['Key', key]]]);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      outcomes.push([
        'Error',
        [
          ['Key', key],
          ['Code', error.code],
          ['Message', error.message],
        ],
      ]);
    }
  }
  return xmlAnswer(['DeleteResult', outcomes]);
}
