throw new Error(
  'the AWS CLI as a Lambda layer, which constructs such as BucketDeployment take, is left out of this project: take @aws-cdk/asset-awscli-v1 out of package.json and run npm install',
);
