/** Signatures of requests as AWS reads them ("AWS Signature Version 4 for API requests", AWS IAM User Guide). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { decodePercent } from './percent.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
const TERMINATOR = 'aws4_request';
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** `YYYYMMDD'T'HHMMSS'Z'` in milliseconds since 1970; undefined where there is no such day or second. */
export function parseDate(date: string): number | undefined {
  if (!DATE.test(date)) return undefined;
  const time = Date.parse(date.replace(DATE, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(time) ? undefined : time;
}

export interface Credential {
  accessKeyId: string;
  /** YYYYMMDD. */
  day: string;
  region: string;
  service: string;
}

/** The parts of `KEY/YYYYMMDD/REGION/SERVICE/aws4_request`; undefined for another form. */
export function parseCredential(text: string): Credential | undefined {
  const [, accessKeyId, day, region, service] =
    /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(text) ?? [];
  return accessKeyId === undefined
    ? undefined
    : { accessKeyId, day: day!, region: region!, service: service! };
}

export interface Signed {
  credential: Credential;
  /** In lower case, as they are listed. */
  headers: string[];
  signature: string;
}

/** What the header Authorization says; undefined when it holds no signature of version 4. */
export function parseAuthorization(header: string): Signed | undefined {
  const [algorithm = '', list = ''] = header.split(/ (.*)/s, 2);
  const fields = new Map(
    list.split(',').map((field) => {
      const [name = '', value = ''] = field.trim().split('=', 2);
      return [name, value];
    }),
  );
  const credential = parseCredential(fields.get('Credential') ?? '');
  const [headers, signature] = [fields.get('SignedHeaders'), fields.get('Signature')];
  if (algorithm !== ALGORITHM || credential === undefined || !headers || !signature) return undefined;
  return { credential, headers: headers.split(';'), signature };
}

export interface SignedRequest {
  method: string;
  /** `/path?query`, as it was sent. */
  target: string;
  /** Values by lower-case name. */
  headers: Readonly<Record<string, readonly string[] | undefined>>;
  body: Uint8Array;
}

/** How far a request's time may be from the service's (there, "Elements of an AWS API request signature"). */
const SKEW_MS = 5 * 60 * 1000;

/**
 * Holds a request against its signature, for any service but S3, which encodes paths once only.
 *
 * @param secret of the credential's access key
 * @param scope region and service that the signature has to be for
 * @param now milliseconds since 1970
 * @returns what is wrong with it; undefined when the signature is the request's
 */
export function wrongWith(
  request: SignedRequest,
  { credential, headers, signature }: Signed,
  secret: string,
  scope: Pick<Credential, 'region' | 'service'>,
  now: number,
): string | undefined {
  const { day, region, service } = credential;
  if (region !== scope.region || service !== scope.service) {
    return `signed for ${service} in ${region}, not for ${scope.service} in ${scope.region}`;
  }
  const date = request.headers['x-amz-date']?.join() ?? '';
  const time = parseDate(date);
  if (time === undefined || !date.startsWith(day)) {
    return `the header x-amz-date is ${JSON.stringify(date)}, not a time of the day ${day}`;
  }
  if (Math.abs(time - now) > SKEW_MS) return `signed at ${date}, which is more than five minutes from now`;
  // "You must include the host header … and any x-amz-* headers in the request."
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const missing = ['host', ...needed].find((name) => !headers.includes(name));
  if (missing !== undefined) return `the header ${missing} is not signed`;
  const scoped = [day, region, service, TERMINATOR];
  const text = [ALGORITHM, date, scoped.join('/'), sha256(canonical(request, headers))].join('\n');
  const key = scoped.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(key, text);
  const given = Buffer.from(signature, 'hex');
  const isRight = given.length === expected.length && timingSafeEqual(given, expected);
  return isRight ? undefined : 'the signature is not that of this request by this key';
}

function canonical({ method, target, headers, body }: SignedRequest, signed: readonly string[]): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
  const values = signed.map((name) => {
    const text = (headers[name] ?? []).map((value) => value.trim().replaceAll(/ +/g, ' ')).join();
    return `${name}:${text}\n`;
  });
  const lines = [method, canonicalPath(path), canonicalQuery(query), values.join(''), signed.join(';')];
  return [...lines, sha256(body)].join('\n');
}

/** Without empty, `.` and `..` segments (RFC 3986, section 6), and encoded once more than it was sent. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
    return [encode(decodePercent(name)), encode(decodePercent(value))] as const;
  });
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
