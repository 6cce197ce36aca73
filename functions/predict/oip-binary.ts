/**
 * Bodies of the binary tensor data extension: JSON, and behind it the tensors that are not in it, in their order. The
 * header Inference-Header-Content-Length says where the JSON ends.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { LENGTH_HEADER } from '../contract/headers.ts';
import { badRequest, HttpError } from '../http/http-error.ts';
import { checkEncoding, jsonIn, readBytes } from '../http/request-body.ts';
import { decodeElements, encodeElements } from './oip-elements.ts';
import type { InferenceRequest, InferenceResponse, WireRequest } from './oip-schemas.ts';

export interface SplitBody {
  json: unknown;
  /** Behind the JSON. */
  tail: Buffer;
}

/**
 * The body's two parts, whatever type it is declared as; undefined for a request without the header, which is JSON alone.
 *
 * @throws HttpError 400 when the header is no length within the body; 413; 415 when what is behind the JSON came as text
 */
export function splitBody(event: APIGatewayProxyEventV2): SplitBody | undefined {
  const text = event.headers[LENGTH_HEADER];
  if (text === undefined) return undefined;
  checkEncoding(event);
  const bytes = readBytes(event, 'JSON');
  const length = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (length < 1 || length > bytes.length) {
    const got = JSON.stringify(text.slice(0, 40));
    const message = `got ${got}, expected the bytes of JSON in the body, 1 to ${bytes.length}`;
    throw badRequest(LENGTH_HEADER, message);
  }
  const tail = bytes.subarray(length);
  if (tail.length > 0 && !event.isBase64Encoded) {
    // API Gateway has read the body as UTF-8: bytes that are none are lost.
    const got = JSON.stringify((event.headers['content-type'] ?? '').slice(0, 80));
    const message = `got ${got}, which passes as text, expected application/octet-stream for binary tensors`;
    throw new HttpError(415, 'content-type', message);
  }
  return { json: jsonIn(bytes.subarray(0, length)), tail };
}

/**
 * The request with all tensors' elements in place.
 *
 * @param tail what stands behind the JSON; undefined for a request without the header
 * @throws HttpError 400 when the tensors' sizes are not those of their shapes, or not all of the tail
 */
export function withBinaryInputs(request: WireRequest, tail: Buffer | undefined): InferenceRequest {
  const sizes = request.inputs.map(({ parameters }) => parameters?.binary_data_size);
  const total = sizes.reduce<number>((sum, size = 0) => sum + size, 0);
  const missing = sizes.findIndex((size) => size !== undefined);
  if (tail === undefined && missing !== -1) {
    const message = `got ${sizes[missing]}, expected the header Inference-Header-Content-Length with it`;
    throw badRequest(`inputs[${missing}].parameters.binary_data_size`, message);
  }
  if (tail !== undefined && tail.length !== total) {
    const message = `got ${tail.length} bytes behind the JSON, expected ${total}, the sum of binary_data_size`;
    throw badRequest('body', message);
  }
  let at = 0;
  const inputs = request.inputs.map((input, index) => {
    const field = `inputs[${index}]`;
    const size = sizes[index];
    if (size === undefined) {
      if (input.data !== undefined) return { ...input, data: input.data };
      const expected = 'an array, or parameters.binary_data_size';
      throw badRequest(`request.${field}.data`, `got nothing, expected ${expected}`);
    }
    if (input.data !== undefined) {
      throw badRequest(`${field}.data`, 'got it beside binary_data_size, expected one of them');
    }
    at += size;
    return { ...input, data: decodeElements(input, tail!.subarray(at - size, at), field) };
  });
  return { ...request, inputs };
}

/**
 * The answer with the outputs that are wanted as bytes behind it; `data` is undefined when none is.
 *
 * @param outputs of the answer are those of the request, or all when it names none
 */
export function withBinaryOutputs(
  { outputs, parameters }: InferenceRequest,
  answer: InferenceResponse,
): { answer: InferenceResponse; data: Buffer | undefined } {
  const byDefault = parameters?.binary_data_output ?? false;
  const isBinary = answer.outputs.map((_, index) => outputs?.[index]?.parameters?.binary_data ?? byDefault);
  if (!isBinary.includes(true)) return { answer, data: undefined };
  const parts: Buffer[] = [];
  const described = answer.outputs.map(({ data, ...output }, index) => {
    if (!isBinary[index]) return { ...output, data };
    const bytes = encodeElements(output.datatype, data!);
    parts.push(bytes);
    return { ...output, parameters: { binary_data_size: bytes.length } };
  });
  return { answer: { ...answer, outputs: described }, data: Buffer.concat(parts) };
}
