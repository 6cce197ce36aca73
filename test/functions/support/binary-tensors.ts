/** Requests and answers of the Open Inference Protocol's binary tensor data extension, as Triton's clients write and read them. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { expect } from 'vitest';
import { httpEvent } from './http-event.ts';

export const LENGTH_HEADER = 'inference-header-content-length';

/** The request as API Gateway passes it on. @param json with its bytes behind it */
export function binaryEvent(
  path: string,
  json: object,
  parts: readonly Uint8Array[],
  headers: Record<string, string> = {},
): APIGatewayProxyEventV2 {
  const head = Buffer.from(JSON.stringify(json));
  return httpEvent('POST', path, {
    headers: {
      'content-type': 'application/octet-stream',
      [LENGTH_HEADER]: String(head.length),
      ...headers,
    },
    body: Buffer.concat([head, ...parts]).toString('base64'),
    isBase64Encoded: true,
  });
}

export interface BinaryOutput {
  name: string;
  datatype: string;
  shape: number[];
  data?: unknown[];
  parameters?: { binary_data_size: number };
  /** What of the tail is the output's. */
  bytes?: Buffer;
}

/** The answer's outputs, each with its own bytes. */
export function readBinaryAnswer({
  statusCode,
  headers,
  body,
  isBase64Encoded,
}: APIGatewayProxyStructuredResultV2) {
  expect({ statusCode, isBase64Encoded, type: headers!['content-type'] }).toEqual({
    statusCode: 200,
    isBase64Encoded: true,
    type: 'application/octet-stream',
  });
  const bytes = Buffer.from(body!, 'base64');
  let at = Number(headers![LENGTH_HEADER]);
  const answer = JSON.parse(bytes.toString('utf8', 0, at)) as { outputs: BinaryOutput[] };
  const outputs = answer.outputs.map((output): BinaryOutput => {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) return output;
    at += size;
    return { ...output, bytes: bytes.subarray(at - size, at) };
  });
  expect(at).toBe(bytes.length);
  return { ...answer, outputs };
}

/** BYTES elements: each behind its length. */
export const lengthPrefixed = (...elements: (Uint8Array | string)[]): Buffer =>
  Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element as Uint8Array);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
