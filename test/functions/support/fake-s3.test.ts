import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { describeS3Conformance } from '../../scripts/cloud/s3/conformance.ts';
import { fakeS3 } from './fake-s3.ts';

describeS3Conformance('the fake of the function tests', async () => {
  const bucket = 'conformance';
  const s3 = fakeS3({ bucket });
  s3.pageKeys = 1000;
  return { client: new S3Client({ region: 'us-east-1' }), bucket, close: async () => s3.mock.restore() };
});

it('refuses a command that it does not know', async () => {
  fakeS3();
  const sent = new S3Client({ region: 'us-east-1' }).send(new GetBucketPolicyCommand({ Bucket: 'bucket' }));
  await expect(sent).rejects.toThrow('a command that the fake does not know');
});
