/** Log groups: gone with their stack, and their events when the setting says. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

export type LogSettings = Pick<Settings, 'keepLogs' | 'kmsKey'>;

export const createLogs = (
  scope: Construct,
  id: string,
  { keepLogs, kmsKey }: LogSettings,
  logGroupName?: string,
): LogGroup =>
  new LogGroup(scope, id, {
    retention: keepLogs,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(kmsKey === undefined ? {} : { encryptionKey: Key.fromKeyArn(scope, `${id}Key`, kmsKey) }),
    ...(logGroupName === undefined ? {} : { logGroupName }),
  });

/**
 * The same for a service that delivers its logs. Under this prefix CloudWatch needs no line for the group in its resource
 * policy, which holds 5,120 characters for all of an account: in a busy one a deployment would be refused.
 */
export const createVendedLogs = (
  scope: Construct,
  id: string,
  settings: LogSettings,
  service: string,
): LogGroup =>
  createLogs(scope, id, settings, `/aws/vendedlogs/${service}/${Stack.of(scope).stackName}-${id}`);
