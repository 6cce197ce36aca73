/** Faults of who may do what, with the rule that finds each. */
import { bucket, type Fault, find, OTHERWISE, remove, replace, statements, templateOf } from './plant.ts';

export const FAULTS: readonly Fault[] = [
  {
    rule: 'grantsAreKnown',
    fault: 'an action with a star',
    plant: (app) => {
      statements(app, 'batch', 'PlanBatch')[0]!.Action = ['s3:Get*'];
    },
    finding: 's3:Get* is not known',
  },
  {
    rule: 'grantsAreKnown',
    fault: 'a grant on everything',
    plant: (app) => {
      for (const statement of statements(app, 'batch', 'CollectBatch')) statement.Resource = '*';
    },
    finding: 's3:PutObject on everything',
  },
  {
    rule: 'grantsHaveConditions',
    fault: 'a listing of the whole bucket',
    plant: (app) => {
      for (const statement of statements(app, 'batch', 'CollectBatch')) delete statement.Condition;
    },
    finding: 's3:ListBucket without a condition on s3:prefix',
  },
  {
    rule: 'grantsHaveConditions',
    fault: 'a key that is used without S3',
    context: OTHERWISE,
    plant: (app) => {
      for (const statement of statements(app, 'batch', 'PredictPart')) delete statement.Condition;
    },
    finding: 'kms:Decrypt without a condition on kms:ViaService',
  },
  {
    rule: 'keysAreTheOperators',
    fault: 'a grant on all keys of the account',
    context: OTHERWISE,
    plant: (app) => {
      const grants = statements(app, 'batch', 'PredictPart');
      grants.find(({ Action }) => String(Action).includes('kms'))!.Resource = 'arn:aws:kms:*:*:key/*';
    },
    finding: 'kms:Decrypt,kms:GenerateDataKey on arn:aws:kms:*:*:key/*',
  },
  {
    rule: 'rolesAreOfServices',
    fault: 'a role that the whole account may assume',
    plant: (app) =>
      replace(
        find(app, 'serving', 'AWS::IAM::Role', 'PredictFunctionRole'),
        '{"Service":"lambda.amazonaws.com"}',
        '{"AWS":"123456789012"}',
      ),
    finding: '{"AWS":"123456789012"} may assume it',
  },
  {
    rule: 'rolesAreOfServices',
    fault: "a policy of AWS's",
    plant: (app) => {
      const role = find(app, 'serving', 'AWS::IAM::Role', 'PredictFunctionRole').Properties;
      role.ManagedPolicyArns = ['arn:aws:iam::aws:policy/AmazonS3FullAccess'];
    },
    finding: 'has ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]',
  },
  {
    rule: 'callersAreKnown',
    fault: 'a route that is open',
    plant: (app) => {
      find(app, 'serving', 'AWS::ApiGatewayV2::Route').Properties.AuthorizationType = 'NONE';
    },
    finding: 'asks for NONE, expected AWS_IAM',
  },
  {
    rule: 'callersAreKnown',
    fault: 'a route that changes something, as open as the others',
    context: { auth: 'none' },
    plant: (app) => {
      find(app, 'serving', 'AWS::ApiGatewayV2::Route', 'ApiPOSTruns').Properties.AuthorizationType = 'NONE';
    },
    finding: 'POST /runs asks for NONE, expected AWS_IAM',
  },
  {
    rule: 'callersAreKnown',
    fault: 'a function that any API may invoke',
    plant: (app) => {
      delete find(app, 'serving', 'AWS::Lambda::Permission', 'Api').Properties.SourceArn;
    },
    finding: 'apigateway.amazonaws.com may invoke a function, about anything',
  },
  {
    rule: 'callersAreKnown',
    fault: 'an address beside the API',
    plant: (app) => {
      templateOf(app, 'serving').Resources.Url = { Type: 'AWS::Lambda::Url' };
    },
    finding: 'stepnet-serving: Url: an address that needs no API',
  },
  {
    rule: 'bucketsAreClosed',
    fault: 'a bucket whose policy may be public',
    plant: (app) => {
      bucket(app).Properties.PublicAccessBlockConfiguration.BlockPublicPolicy = false;
    },
    finding: 'BlockPublicPolicy is not set',
  },
  {
    rule: 'bucketsAreClosed',
    fault: 'a bucket that takes requests without TLS',
    plant: (app) => remove(app, 'storage', 'AWS::S3::BucketPolicy'),
    finding: 'nothing is denied by aws:SecureTransport',
  },
  {
    rule: 'bucketsAreClosed',
    fault: 'a bucket that everybody may read',
    plant: (app) => {
      const policy = find(app, 'storage', 'AWS::S3::BucketPolicy').Properties.PolicyDocument;
      policy.Statement.push({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' });
    },
    finding: 'everybody may s3:GetObject',
  },
];
