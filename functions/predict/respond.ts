/** Answers in payload format 2.0 of API Gateway's HTTP APIs. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpError } from './http-error.ts';

export type Result = APIGatewayProxyStructuredResultV2;

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Result {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...HEADERS, ...headers },
    body: JSON.stringify(body),
  };
}

export function binary(bytes: Uint8Array, headers: Record<string, string>): Result {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/octet-stream', ...HEADERS, ...headers },
    body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
    isBase64Encoded: true,
  };
}

/** Below /v2 as the Open Inference Protocol has it: the message alone, 400 for whatever is wrong with the content. */
export function errorAnswer({ status, message, field, headers }: HttpError, path: string): Result {
  if (!/^\/v2(\/|$)/.test(path)) return json(status, { error: message, field }, headers);
  return json(status === 422 ? 400 : status, { error: message }, headers);
}
