/** One of our Lambda functions: bundled from its folder, with grants and environment set together. */
import { join } from 'node:path';
import { type CfnElement, Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct, IConstruct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import {
  type ArchitectureName,
  type FunctionName,
  memoryOf,
  SIZES,
  TRAIN_MEMORY_MB,
} from '../functions/contract/functions.ts';
import { bundleOf } from './bundles.ts';
import { useOfKey } from './encryption.ts';
import { createLogs, type LogSettings } from './logs.ts';
import type { SizeSettings } from './settings/sizes.ts';

const PROCESSORS: Record<ArchitectureName, Architecture> = {
  arm64: Architecture.ARM_64,
  x86_64: Architecture.X86_64,
};
const FUNCTIONS_FOLDER = join(import.meta.dirname, '../functions');

export interface StepnetFunctionProps {
  settings: LogSettings & Pick<SizeSettings, 'architecture'>;
  environment?: Record<string, string>;
  /** Memory of a function that holds a dataset; the default's otherwise. */
  trainMemoryMb?: number;
}

/** What a function does with the bucket: keys with `*` where any text may stand, prefixes it lists. */
export interface BucketAccess {
  read?: string[];
  write?: string[];
  list?: string[];
  /** Keys of streamed uploads, which may have to be given up. */
  abort?: string[];
}

export class StepnetFunction extends LambdaFunction {
  /** @param name its folder under functions/: `train-chunk` is called TrainChunkFunction here */
  constructor(scope: Construct, name: FunctionName, props: StepnetFunctionProps) {
    const { settings, environment, trainMemoryMb = TRAIN_MEMORY_MB.default } = props;
    const id = `${name.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase())}Function`;
    const logGroup = createLogs(scope, `${id}Logs`, settings);
    // CDK's own role would write to any log group.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      // Tests that read only templates need no code.
      code: Code.fromAsset(Stack.of(scope).bundlingRequired ? bundleOf(name) : FUNCTIONS_FOLDER),
      handler: 'index.handler',
      description: `stepnet ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: PROCESSORS[settings.architecture],
      memorySize: memoryOf(name, trainMemoryMb),
      timeout: Duration.seconds(SIZES[name].seconds),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      environment: {
        POWERTOOLS_SERVICE_NAME: name,
        ...environment,
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Traces belong to no resource that a policy could name: X-Ray only takes *.',
    });
  }

  /** Grants exactly this access and tells the function the bucket's name. */
  uses(bucket: IBucket, access: BucketAccess): this {
    this.addEnvironment(ENV.bucket, bucket.bucketName);
    const allow = (actions: string[], keys: string[] | undefined) => {
      if (keys === undefined) return;
      const resources = keys.map((key) => bucket.arnForObjects(key));
      this.addToRolePolicy(new PolicyStatement({ actions, resources }));
      for (const key of keys) acknowledgeKeys(this.role!, bucket, key);
    };
    allow(['s3:GetObject'], access.read);
    allow(['s3:PutObject'], access.write);
    allow(['s3:AbortMultipartUpload'], access.abort);
    const use = { reads: (access.read ?? access.abort) !== undefined, writes: access.write !== undefined };
    for (const statement of useOfKey(bucket, use)) this.addToRolePolicy(statement);
    // Whoever may not list what it reads gets 403 instead of 404 for what is not there.
    const listable = withoutCovered([...(access.list ?? []), ...(access.read ?? [])]);
    if (listable.length > 0) {
      this.addToRolePolicy(
        new PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [bucket.bucketArn],
          // IfExists: whether S3 decides between 403 and 404 with the key as prefix or with none is not documented.
          conditions: { StringLikeIfExists: { 's3:prefix': listable } },
        }),
      );
    }
    return this;
  }

  /** State machines call the function itself: CDK would also let them call its versions, of which there are none. */
  override get resourceArnsForGrantInvoke(): string[] {
    return [this.functionArn];
  }
}

/** Patterns without those that another one, such as `runs/*`, contains. */
function withoutCovered(patterns: string[]): string[] {
  const unique = [...new Set(patterns)];
  const isCovered = (pattern: string) =>
    unique.some(
      (other) => other !== pattern && other.endsWith('*') && pattern.startsWith(other.slice(0, -1)),
    );
  return unique.filter((pattern) => !isCovered(pattern));
}

/** Tells cdk-nag why a role's access to the bucket has a wildcard. */
export function acknowledgeKeys(role: IConstruct, bucket: IBucket, key: string): void {
  const id = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnElement);
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${id}.Arn>/${key}]`,
    reason:
      'Names of datasets, runs, models and batches are not known before they are there; of each only this kind of ' +
      'object is meant, and a test compares what is granted with what is used.',
  });
}
