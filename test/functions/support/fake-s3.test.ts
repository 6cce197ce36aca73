import { S3Client } from '@aws-sdk/client-s3';
import { describeS3Conformance } from '../../scripts/cloud/s3/conformance.ts';
import { fakeS3 } from './fake-s3.ts';

describeS3Conformance('the fake of the function tests', async () => {
  const bucket = 'conformance';
  fakeS3({ bucket, isWhole: true }).pageKeys = 1000;
  return { client: new S3Client({ region: 'us-east-1' }), bucket, close: async () => {} };
});
