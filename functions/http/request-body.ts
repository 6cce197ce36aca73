/** A request's body: how large it may be, what it is declared as, and its JSON. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { MAX_BODY_BYTES } from '../contract/data.ts';
import { shorten } from '../schemas/parse.ts';
import { parseJson, RepeatedFieldError } from '../schemas/parse-json.ts';
import { HttpError } from './http-error.ts';
import { findNonFinite } from './non-finite.ts';

const JSON_TYPE = 'application/json';
export const IMAGE_TYPES: readonly string[] = ['image/png', 'image/jpeg'];
/** No registered name, but what many say. */
const JPEG_TOO = 'image/jpg';

/**
 * Whether the body is declared as JSON, which is also meant by nothing, or as an image.
 *
 * @throws HttpError 415 when it is declared as something else than `allowed` has, or as compressed
 */
export function bodyKind(event: APIGatewayProxyEventV2, allowed: 'json' | 'json or image'): 'json' | 'image' {
  checkEncoding(event);
  const declared = event.headers['content-type'];
  if (declared === undefined) return 'json';
  const type = declared.split(';')[0]!.trim().toLowerCase();
  if (type === JSON_TYPE) return 'json';
  const images = allowed === 'json' ? [] : IMAGE_TYPES;
  if (images.includes(type === JPEG_TOO ? 'image/jpeg' : type)) return 'image';
  const expected = [JSON_TYPE, ...images].join(' or ');
  throw refuse(415, `got ${shorten(declared)}, expected ${expected}`, 'content-type');
}

/** @throws HttpError 415 when the body is compressed */
export function checkEncoding({ headers }: APIGatewayProxyEventV2): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return;
  const how = `got ${shorten(encoding)}, expected none: send the body as it is`;
  throw refuse(415, how, 'content-encoding');
}

/** @param expected what the body should be, for the message @throws HttpError 413 too large, 400 empty */
export function readBytes(event: APIGatewayProxyEventV2, expected: string): Buffer {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw refuse(413, `got ${bytes.length} bytes, expected at most ${MAX_BODY_BYTES}`);
  }
  if (bytes.length === 0) {
    throw refuse(400, `got 0 bytes, expected ${expected} of at most ${MAX_BODY_BYTES} bytes`);
  }
  return bytes;
}

/** @throws HttpError 413 when it is too large, 400 when it is no JSON, or names a field twice */
export const readJson = (event: APIGatewayProxyEventV2): unknown => jsonIn(readBytes(event, 'JSON'));

/** @throws HttpError 400 when it is no JSON, or names a field twice */
export function jsonIn(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof RepeatedFieldError)
      throw refuse(400, 'stands there twice, expected once', error.field.slice(0, 80));
    const found = findNonFinite(text);
    if (found === undefined) throw refuse(400, `expected JSON: ${(error as Error).message}`);
    const message = `got ${found.token}, which JSON doesn't have, expected a number`;
    throw refuse(400, message, found.field || 'body');
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse(400, 'got bytes that are no UTF-8, expected JSON');
  }
}

const refuse = (status: number, message: string, field = 'body') => new HttpError(status, field, message);
