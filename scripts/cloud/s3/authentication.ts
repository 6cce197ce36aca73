/**
 * Who calls, and whether a URL that carries its signature is valid still ("Authenticating Requests (AWS Signature Version
 * 4)", Amazon S3 API Reference). The signature itself is not checked.
 */
import { ALGORITHM, parseCredential, parseDate } from '../signature.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** Of a presigned URL, all of them; X-Amz-Security-Token may come along. */
const PRESIGNED = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'].map(
  (name) => `X-Amz-${name}`,
);
/** Of a URL signed the way that was before, which boto3 still makes for the first region, and AWS still takes. */
const PRESIGNED_2 = ['Signature', 'Expires', 'AWSAccessKeyId'];
const WEEK_S = 7 * 24 * 3600;
/** How far clocks may be apart. */
const SKEW_MS = 15 * 60 * 1000;

/** Access key id in the Authorization header's or the presigned URL's credential. */
export function accessKeyIdOf({ headers, query }: S3Request): string | undefined {
  const { authorization = '' } = headers;
  const credential = /Credential=([^\s,]+)/.exec(authorization)?.[1] ?? query.get('X-Amz-Credential');
  const version2 = /^AWS ([^:]+):/.exec(authorization)?.[1] ?? query.get('AWSAccessKeyId');
  return (credential ?? version2)?.split('/')[0] || undefined;
}

/** Of a signed URL's own; every other parameter of this form is a header that was put into it. */
const OF_SIGNATURE = [...PRESIGNED, 'X-Amz-Security-Token', 'X-Amz-Content-Sha256'];

/** The request with the headers that a signed URL carries: SDKs move x-amz-* there, so that who follows it need send none. */
export function withHeadersOfUrl(request: S3Request): S3Request {
  const { query, headers } = request;
  if (!query.has('X-Amz-Signature')) return request;
  const moved = [...query].filter(([name]) => /^x-amz-/i.test(name) && !OF_SIGNATURE.includes(name));
  const rest = [...query].filter((parameter) => !moved.some(([name]) => name === parameter[0]));
  const ofUrl = Object.fromEntries(moved.map(([name, value]) => [name.toLowerCase(), value]));
  return { ...request, query: new URLSearchParams(rest), headers: { ...ofUrl, ...headers } };
}

/**
 * @param now milliseconds since 1970
 * @throws S3Error AccessDenied for a URL before or behind its time, AuthorizationQueryParametersError for a malformed
 * one, InvalidArgument for two signatures
 */
export function checkAuthentication({ headers, query }: S3Request, now: number): void {
  const { authorization } = headers;
  const isVersion2 = PRESIGNED_2.some((name) => query.has(name));
  if (!isVersion2 && !PRESIGNED.some((name) => query.has(name))) return;
  if (authorization !== undefined) {
    const message =
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';
    throw invalidArgument('Authorization', authorization, message);
  }
  if (isVersion2) checkEnd(readEnd(query), now);
  else checkTime(readParameters(query), now);
}

/** When a URL of version 2 ends, in milliseconds since 1970: it has no beginning. */
function readEnd(query: URLSearchParams): number {
  if (PRESIGNED_2.some((name) => !query.get(name))) {
    const [last, ...names] = PRESIGNED_2.toReversed();
    const message = `Query-string authentication requires the ${names.toReversed().join(', ')} and ${last} parameters`;
    throw new S3Error('AccessDenied', message);
  }
  const end = query.get('Expires')!;
  if (!/^\d{1,12}$/.test(end)) {
    throw new S3Error('AccessDenied', `Invalid date (should be seconds since epoch): ${end}`);
  }
  return Number(end) * 1000;
}

interface Presigned {
  /** Milliseconds since 1970. */
  from: number;
  /** Seconds, as they are written. */
  expires: string;
}

function readParameters(query: URLSearchParams): Presigned {
  const [algorithm, credential, , date, , expires] = PRESIGNED.map((name) => query.get(name) ?? '');
  if (PRESIGNED.some((name) => !query.get(name))) {
    throw malformed(
      `Query-string authentication version 4 requires the ${PRESIGNED.slice(0, -1).join(', ')}, and ${PRESIGNED.at(-1)} parameters.`,
    );
  }
  if (algorithm !== ALGORITHM) throw malformed(`X-Amz-Algorithm must be ${ALGORITHM}; got ${algorithm}.`);
  const { day, service } = parseCredential(credential!) ?? {};
  if (day === undefined || service !== 's3') {
    throw malformed(
      `Error parsing the X-Amz-Credential parameter; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request", got "${credential}".`,
    );
  }
  const from = parseDate(date!);
  if (from === undefined) {
    throw malformed(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"; got "${date}".`);
  }
  if (!date!.startsWith(day)) {
    throw malformed(
      `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date!.slice(0, 8)}".`,
    );
  }
  if (!/^-?\d+$/.test(expires!)) throw malformed('X-Amz-Expires should be a number');
  if (Number(expires) < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (Number(expires) > WEEK_S) {
    throw malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_S} seconds`,
    );
  }
  return { from, expires: expires! };
}

function checkTime({ from, expires }: Presigned, now: number): void {
  if (from > now + SKEW_MS) {
    throw new S3Error('AccessDenied', 'Request is not yet valid', {
      'X-Amz-Date': seconds(from),
      ServerTime: seconds(now),
    });
  }
  checkEnd(from + Number(expires) * 1000, now, { 'X-Amz-Expires': expires });
}

function checkEnd(until: number, now: number, details: Record<string, string> = {}): void {
  if (now <= until) return;
  throw new S3Error('AccessDenied', 'Request has expired', {
    ...details,
    Expires: seconds(until),
    ServerTime: seconds(now),
  });
}

const seconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

const malformed = (message: string): S3Error => new S3Error('AuthorizationQueryParametersError', message);
