/** The bucket that holds everything: datasets, runs, models. */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { KEYS } from '../functions/contract/keys.ts';
import { requireRegion } from './region.ts';
import type { Settings } from './settings.ts';

export class StorageStack extends Stack {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, settings: Settings) {
    const { destroyData, keepImports, keepBatches, kmsKey } = settings;
    super(scope, id, { description: 'stepnet: datasets, checkpoints and models' });
    // The other stacks need this one, and so are in its region.
    if (kmsKey !== undefined) requireRegion(this, 'KeyRegion', 'kmsKey', kmsKey);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...(kmsKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : {
            encryption: BucketEncryption.KMS,
            encryptionKey: Key.fromKeyArn(this, 'Key', kmsKey),
            // S3 asks KMS now and then, not for each object.
            bucketKeyEnabled: true,
          }),
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Only latest.json and status.json ever change; their old versions undo an operator's mistake.
      versioned: true,
      removalPolicy: destroyData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      // Only an empty bucket can be deleted; this one also has versions that nobody lists.
      autoDeleteObjects: destroyData,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { noncurrentVersionExpiration: Duration.days(30) },
        {
          // Needed until their round is averaged; whoever goes on with a round later trains them again.
          prefix: KEYS.roundsPrefix,
          expiration: Duration.days(7),
          noncurrentVersionExpiration: Duration.days(1),
        },
        {
          // Nothing reads them: they tell people why a run or a part failed.
          prefix: KEYS.mapRunsPrefix,
          expiration: Duration.days(30),
          noncurrentVersionExpiration: Duration.days(1),
        },
        ...expiring(KEYS.importsPrefix, keepImports),
        ...expiring(KEYS.batchesPrefix, keepBatches),
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        "Only the account's own roles get in. An operator who wants to know who read what turns on CloudTrail's data " +
        'events, which miss nothing; access logs are best effort and need a second bucket.',
    });
  }
}

/** As everything that was deleted, they can be got back for thirty days more. */
const expiring = (prefix: string, days: number | undefined): LifecycleRule[] =>
  days === undefined ? [] : [{ prefix, expiration: Duration.days(days) }];
