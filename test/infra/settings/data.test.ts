/** What settings of the bucket make of the templates. */

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { describeResources } from '../../../scripts/cloud/resources.ts';
import { assembled, KEY, LOCAL, propertiesOf, template, type Variant, WITH_LOGS } from '../variants.ts';

it.each([
  ['by default', 'Retain'],
  ['with a bucket that goes', 'Delete'],
] as const)('the bucket %s is left to %s with its stack', (variant, policy) => {
  const policies = { DeletionPolicy: policy, UpdateReplacePolicy: policy };
  template(variant, 'storage').hasResource('AWS::S3::Bucket', policies);
});

it('a bucket that goes is emptied before, with the versions that nobody lists, and one that stays is not', () => {
  const emptied = (variant: Variant) =>
    template(variant, 'storage').findResources('Custom::S3AutoDeleteObjects', {
      Properties: { BucketName: { Ref: Match.stringLikeRegexp('^Bucket') } },
    });
  expect(Object.keys(emptied('with a bucket that goes'))).toHaveLength(1);
  expect(emptied('by default')).toEqual({});
});

it('uploads and batches expire when is said, and are kept by default', () => {
  const expirations = (variant: Variant) =>
    propertiesOf(template(variant, 'storage'), 'AWS::S3::Bucket').flatMap(({ LifecycleConfiguration }) =>
      (LifecycleConfiguration as { Rules: Record<string, unknown>[] }).Rules.flatMap(
        ({ Prefix, ExpirationInDays: days }) => (days === undefined ? [] : `${Prefix} ${days}`),
      ),
    );
  expect(expirations('by default')).toEqual(['rounds/ 7', 'map-runs/ 30']);
  expect(expirations('with other figures')).toEqual([
    'rounds/ 7',
    'map-runs/ 30',
    'imports/ 15',
    'batches/ 45',
  ]);
  const [bucket] = describeResources(assembled('with other figures'), LOCAL).buckets;
  expect(bucket!.lifecycle.filter(({ expirationDays }) => expirationDays !== undefined)).toMatchObject([
    { prefix: 'rounds/', expirationDays: 7 },
    { prefix: 'map-runs/', expirationDays: 30 },
    { prefix: 'imports/', expirationDays: 15 },
    { prefix: 'batches/', expirationDays: 45 },
  ]);
});

describe("the operator's key", () => {
  it('encrypts the bucket, whose key spares requests to KMS, and all logs', () => {
    template('with a key', 'storage').hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
          },
        ],
      },
    });
    for (const stack of WITH_LOGS) {
      for (const { KmsKeyId } of propertiesOf(template('with a key', stack), 'AWS::Logs::LogGroup')) {
        expect(KmsKeyId).toBe(KEY);
      }
    }
  });

  it('decrypts for who reads objects, gives data keys to who writes them, and does nothing without S3', () => {
    const granted = WITH_LOGS.flatMap((stack) =>
      propertiesOf(template('with a key', stack), 'AWS::IAM::Policy'),
    );
    let keys = 0;
    for (const { PolicyName, PolicyDocument } of granted) {
      const { Statement } = PolicyDocument as { Statement: Record<string, unknown>[] };
      const of = (service: string) =>
        Statement.filter(({ Action }) =>
          [Action].flat().some((action) => String(action).startsWith(service)),
        );
      const objects = of('s3:').flatMap(({ Action }) => Action);
      const expected = [
        ...(objects.includes('s3:GetObject') ? ['kms:Decrypt'] : []),
        ...(objects.includes('s3:PutObject') ? ['kms:GenerateDataKey'] : []),
      ];
      const statements = of('kms:');
      expect(statements.flatMap(({ Action }) => Action).sort(), String(PolicyName)).toEqual(expected);
      for (const { Resource, Condition, Effect } of statements) {
        const service = { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com*']] };
        expect([Effect, Resource]).toEqual(['Allow', KEY]);
        expect(Condition).toEqual({ StringLike: { 'kms:ViaService': service } });
        keys += 1;
      }
    }
    expect(keys).toBeGreaterThan(15);
  });
});
