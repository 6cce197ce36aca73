/** What a bucket holds, read and changed behind the back of whoever uses it. */
import { answerWhole } from '../../../scripts/cloud/s3/core.ts';
import type { S3Store } from '../../../scripts/cloud/s3/store.ts';

export interface HeldObject {
  readonly body: Uint8Array;
  /** As S3 answers it, in quotes. */
  readonly etag: string;
}

/** A copy of what a bucket held, by key. */
export type HeldObjects = ReadonlyMap<string, HeldObject>;

export class BucketContent {
  readonly #store: S3Store;
  readonly #bucket: string;

  constructor(store: S3Store, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
  }

  get(key: string): HeldObject | undefined {
    const body = this.#store.read(this.#bucket, key);
    return body && { body, etag: `"${this.#store.objects.get(this.#bucket, key).etag}"` };
  }

  has(key: string): boolean {
    return this.#store.objects.find(this.#bucket, key) !== undefined;
  }

  get size(): number {
    return this.keys().length;
  }

  /** In the order in which the objects were written last. */
  keys(): string[] {
    const query = { prefix: '', delimiter: '', after: '', maxKeys: Number.MAX_SAFE_INTEGER };
    const { items } = this.#store.objects.list(this.#bucket, query);
    return items.sort((a, b) => a.modified - b.modified).map(({ key }) => key);
  }

  *[Symbol.iterator](): Generator<[key: string, object: HeldObject]> {
    for (const key of this.keys()) yield [key, this.get(key)!];
  }

  set(key: string, { body }: { body: Uint8Array }): void {
    const target = `/${this.#bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    const headers = { 'content-length': String(body.length) };
    const { status } = answerWhole(this.#store, { id: 'test', method: 'PUT', target, headers, body });
    if (status !== 200) throw new Error(`${key} could not be stored: ${status}`);
  }

  /** Flips a bit of the byte at `at`, from the end where it is negative. */
  damage(key: string, at: number): void {
    const { body } = this.get(key)!;
    body[at < 0 ? body.length + at : at]! ^= 1;
    this.set(key, { body });
  }

  delete(key: string): void {
    this.#store.objects.delete(this.#bucket, key);
  }

  clear(): void {
    for (const key of this.keys()) this.delete(key);
  }
}
