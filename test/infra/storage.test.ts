/** The bucket: private, encrypted, TLS only, versioned. */
import { describe, expect, it } from 'vitest';
import { allResources, resourcesOf, templates } from './templates.ts';

const resources = resourcesOf(templates().storage!);
const bucket = resources.find(({ type }) => type === 'AWS::S3::Bucket')!;

describe('the bucket', () => {
  it('is the only one', () => {
    expect(allResources().filter(({ type }) => type === 'AWS::S3::Bucket')).toHaveLength(1);
  });

  it('blocks all public access, and access lists', () => {
    expect(bucket.properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(bucket.properties).not.toHaveProperty('AccessControl');
    expect(bucket.properties).not.toHaveProperty('WebsiteConfiguration');
    expect(bucket.properties).not.toHaveProperty('CorsConfiguration');
  });

  it('is encrypted and versioned', () => {
    expect(bucket.properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  it('refuses everybody without TLS 1.2, and allows nobody', () => {
    const policies = resources.filter(({ type }) => type === 'AWS::S3::BucketPolicy');
    expect(policies).toHaveLength(1);
    const { Statement } = policies[0]!.properties.PolicyDocument as { Statement: object[] };
    const everything = {
      Effect: 'Deny',
      Action: 's3:*',
      Principal: { AWS: '*' },
      Resource: ['<Bucket.Arn>', '<Bucket.Arn>/*'],
    };
    expect(Statement).toEqual([
      { ...everything, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { ...everything, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ]);
  });

  it('drops unfinished uploads and replaced versions, and never a checkpoint', () => {
    const { Rules } = bucket.properties.LifecycleConfiguration as { Rules: Record<string, unknown>[] };
    expect(Rules).toEqual([
      { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      { Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
      {
        Status: 'Enabled',
        Prefix: 'rounds/',
        ExpirationInDays: 7,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      {
        Status: 'Enabled',
        Prefix: 'map-runs/',
        ExpirationInDays: 30,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
  });
});
