/** The items of a Distributed Map, read from the bucket: a JSON array. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { S3JsonItemReader } from 'aws-cdk-lib/aws-stepfunctions';

/** Lets the state machine read keys of one kind and nothing else of the bucket. */
export class ItemsReader extends S3JsonItemReader {
  readonly #pattern: string;

  /** @param pattern of functions/contract/keys.ts, which `key` matches */
  constructor(bucket: IBucket, key: string, pattern: string) {
    super({ bucket, key });
    this.#pattern = pattern;
  }

  override providePolicyStatements(): PolicyStatement[] {
    const resources = [this.bucket.arnForObjects(this.#pattern)];
    return [new PolicyStatement({ actions: ['s3:GetObject'], resources })];
  }
}
