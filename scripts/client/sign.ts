/** Signs requests to the HTTP API, as `auth=iam` wants them. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface Signer {
  /** The region that the API is in. */
  region: string;
  /** Asked for each request, as they may change: those of a role or of a sign-in end. */
  credentials: () => Promise<Credentials>;
}

export interface Unsigned {
  method: string;
  url: URL;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** @returns the headers with those of the signature. @throws the provider's error when there are no credentials */
export async function signRequest(
  { method, url, headers, body }: Unsigned,
  { region, credentials }: Signer,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const query: Record<string, string[]> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name);
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { ...headers, host: url.host },
    body,
  });
  return signed.headers;
}

/** SHA-256, or its HMAC with a key, in the form that the signer takes. */
class Sha256 {
  #hash;
  readonly #make;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const secret = key instanceof ArrayBuffer ? new Uint8Array(key) : key;
    this.#make = () =>
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string | Uint8Array);
    this.#hash = this.#make();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#make();
  }
}
