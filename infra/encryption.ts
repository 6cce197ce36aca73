/** The operator's own KMS key: what may be done with it. */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/**
 * Of a role that uses a bucket's objects: S3 asks KMS in its name, to decrypt what it reads and the parts of a streamed
 * upload, and for a data key to write ("Using server-side encryption with AWS KMS keys", "Multipart upload API and
 * permissions", Amazon S3 User Guide). By itself the role can do nothing with the key.
 *
 * @returns nothing for a bucket without a key of its own
 */
export function useOfKey(
  { encryptionKey }: IBucket,
  use: { reads: boolean; writes: boolean },
): PolicyStatement[] {
  const actions = [...(use.reads ? ['kms:Decrypt'] : []), ...(use.writes ? ['kms:GenerateDataKey'] : [])];
  if (encryptionKey === undefined || actions.length === 0) return [];
  // In China the name has another end.
  const service = `s3.${Aws.REGION}.amazonaws.com*`;
  return [
    new PolicyStatement({
      actions,
      resources: [encryptionKey.keyArn],
      conditions: { StringLike: { 'kms:ViaService': service } },
    }),
  ];
}
