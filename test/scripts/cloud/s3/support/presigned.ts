/** The query of a presigned URL. */

export interface PresignedOptions {
  /** Milliseconds since 1970. */
  at: number;
  /** Seconds. */
  expires?: number | string;
  accessKeyId?: string;
}

/** 20250131T235959Z */
export const longDate = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

export function presigned({ at, expires = 60, accessKeyId = 'AKIDTEST' }: PresignedOptions): URLSearchParams {
  const date = longDate(at);
  return new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '0'.repeat(64),
  });
}
