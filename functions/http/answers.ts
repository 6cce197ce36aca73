/** Answers of the HTTP API in payload format 2.0 of API Gateway's HTTP APIs. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 as Result } from 'aws-lambda';
import { logger } from '../observe/logging.ts';
import { StorageUnavailableError } from '../store/errors.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** An answer as JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Result {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...HEADERS, ...headers },
    body: JSON.stringify(body),
  };
}

/** An answer of bytes. */
export function binary(bytes: Uint8Array, headers: Record<string, string>): Result {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/octet-stream', ...HEADERS, ...headers },
    body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
    isBase64Encoded: true,
  };
}

/** The answer for an error that is not the caller's: why it failed is in the log alone. */
export function failure({ requestContext, rawPath }: APIGatewayProxyEventV2, error: unknown): Result {
  const { requestId } = requestContext;
  logger.error('request failed', { requestId, path: rawPath, error: error as Error });
  if (error instanceof StorageUnavailableError) {
    return json(503, { error: 'storage is unavailable, try again' }, { 'retry-after': '1' });
  }
  return json(500, { error: `internal error, request ${requestId}` });
}
