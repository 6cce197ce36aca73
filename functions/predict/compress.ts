/**
 * Answers as gzip for those who take it. API Gateway compresses what REST APIs answer, and nothing of an HTTP API
 * (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html), so the function does.
 */
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 as Result } from 'aws-lambda';

/** Less than this fits into a packet anyway. */
const LEAST_BYTES = 1400;

export function compress({ headers }: APIGatewayProxyEventV2, result: Result): Result {
  const { body, isBase64Encoded } = result;
  // What is in base64 is weights or tensors, of which gzip would leave nine tenths.
  if (body === undefined || isBase64Encoded === true || body.length < LEAST_BYTES) return result;
  const vary = { ...result.headers, vary: 'accept-encoding' };
  if (!takesGzip(headers['accept-encoding'])) return { ...result, headers: vary };
  return {
    ...result,
    headers: { ...vary, 'content-encoding': 'gzip' },
    body: gzipSync(body).toString('base64'),
    isBase64Encoded: true,
  };
}

/** Weighted as RFC 9110 has it: `gzip;q=0` is a refusal. */
function takesGzip(accepted = ''): boolean {
  return accepted.split(',').some((coding) => {
    const [name, ...parameters] = coding
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return (name === 'gzip' || name === 'x-gzip') && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}
