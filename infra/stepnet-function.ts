/** One of our Lambda functions: bundled from its folder, with grants and environment set together. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV, type FunctionName } from '../functions/shared/contract.ts';

const ROOT = join(import.meta.dirname, '..');

export interface StepnetFunctionProps {
  /** Folder under functions/. */
  entry: FunctionName;
  memoryMb: number;
  timeout: Duration;
  environment?: Record<string, string>;
}

/** What a function does with the bucket: keys with `*` where any text may stand, prefixes it lists. */
export interface BucketAccess {
  read?: string[];
  write?: string[];
  /** Also lets the function see that a key is absent: without it S3 answers 403 instead of 404. */
  list?: string[];
  /** Keys of streamed uploads, which may have to be given up. */
  abort?: string[];
}

export class StepnetFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: StepnetFunctionProps) {
    const entry = join(ROOT, 'functions', props.entry, 'handler.ts');
    if (!existsSync(entry)) throw new Error(`function ${props.entry} has no handler.ts`);
    super(scope, id, {
      entry,
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      description: `stepnet ${props.entry}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      // CDK would set a variable for keep-alive, which is the SDK's default by now.
      awsSdkConnectionReuse: false,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.entry,
        ...props.environment,
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        // The SDK is part of the bundle, so that what is tried locally is what is deployed.
        bundleAwsSDK: true,
        minify: true,
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        // CommonJS parts of the SDK's dependencies call require for Node's own modules.
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
    });
  }

  /** Grants exactly this access and tells the function the bucket's name. */
  uses(bucket: IBucket, access: BucketAccess): this {
    this.addEnvironment(ENV.bucket, bucket.bucketName);
    const allow = (actions: string[], keys: string[] | undefined) => {
      if (keys === undefined) return;
      const resources = keys.map((key) => bucket.arnForObjects(key));
      this.addToRolePolicy(new PolicyStatement({ actions, resources }));
    };
    allow(['s3:GetObject'], access.read);
    allow(['s3:PutObject'], access.write);
    allow(['s3:AbortMultipartUpload'], access.abort);
    if (access.list !== undefined) {
      this.addToRolePolicy(
        new PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [bucket.bucketArn],
          // IfExists: what S3 checks before it says 404 instead of 403 is this action, without any prefix.
          conditions: { StringLikeIfExists: { 's3:prefix': access.list } },
        }),
      );
    }
    return this;
  }
}
