/** Everything an operator can choose with `-c key=value`, read and checked in one place. */
import type { App } from 'aws-cdk-lib';

export type Auth = { kind: 'iam' } | { kind: 'none' } | { kind: 'jwt'; issuer: string; audience: string[] };

export interface Settings {
  /** Prefix of the stacks' names. */
  name: string;
  /** Who may call the HTTP API. */
  auth: Auth;
  /** Delete the bucket with its stack. */
  destroyData: boolean;
  /** Memory of train-chunk in MB; Lambda gives CPU in proportion. */
  trainMemoryMb: number;
  /** ARN of an SNS topic that alarms are sent to; without one they are only seen in CloudWatch. */
  alarmTopic?: string;
}

const MIN_MEMORY_MB = 512;
const MAX_MEMORY_MB = 10_240;
/** Lambda's memory for exactly one vCPU. */
const ONE_VCPU_MB = 1769;

/** @throws Error naming the context key, its value and what is allowed */
export function readSettings(app: App): Settings {
  const context = (key: string): string | undefined => {
    const value: unknown = app.node.tryGetContext(key);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const fail = (key: string, allowed: string): never => {
    throw new Error(`-c ${key}=${context(key) ?? ''}: expected ${allowed}`);
  };

  const name = context('name') ?? 'stepnet';
  if (!/^[A-Za-z][A-Za-z0-9-]{0,40}$/.test(name)) {
    fail('name', 'a letter, then at most 40 letters, digits or dashes');
  }
  const removal = context('removal') ?? 'retain';
  if (removal !== 'retain' && removal !== 'destroy') fail('removal', 'retain or destroy');
  const trainMemoryMb = Number(context('trainMemory') ?? ONE_VCPU_MB);
  if (!Number.isInteger(trainMemoryMb) || trainMemoryMb < MIN_MEMORY_MB || trainMemoryMb > MAX_MEMORY_MB) {
    fail('trainMemory', `a whole number of MB from ${MIN_MEMORY_MB} to ${MAX_MEMORY_MB}`);
  }

  const alarmTopic = context('alarmTopic');
  if (alarmTopic !== undefined && !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(alarmTopic)) {
    fail('alarmTopic', "an SNS topic's ARN");
  }
  const readAuth = (): Auth => {
    const kind = context('auth') ?? 'iam';
    if (kind === 'iam' || kind === 'none') {
      for (const key of ['jwtIssuer', 'jwtAudience']) {
        if (context(key) !== undefined) fail(key, 'nothing without auth=jwt');
      }
      return { kind };
    }
    if (kind !== 'jwt') return fail('auth', 'iam, none or jwt');
    const issuer = context('jwtIssuer') ?? fail('jwtIssuer', "the issuer's https URL, with auth=jwt");
    const audience = context('jwtAudience') ?? fail('jwtAudience', 'the audience, with auth=jwt');
    if (!issuer.startsWith('https://')) fail('jwtIssuer', 'an https URL');
    const audiences = audience.split(',').map((part) => part.trim());
    if (audiences.includes('')) fail('jwtAudience', 'one audience or several with commas between');
    return { kind, issuer, audience: audiences };
  };
  const topic = alarmTopic === undefined ? {} : { alarmTopic };
  return { name, auth: readAuth(), destroyData: removal === 'destroy', trainMemoryMb, ...topic };
}
