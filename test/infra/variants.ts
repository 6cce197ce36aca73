/** The app as it is deployed in other ways than by default, for tests of what settings make of its templates. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readSettings } from '../../infra/settings.ts';
import { createStacks } from '../../infra/stacks.ts';
import type { AssembledStack } from '../../scripts/cloud/assembly.ts';
import { isProof } from '../support/needs.ts';

// CloudFormation's own schemas take ten seconds; a test holds the app to them that runs `npx cdk synth`.
if (!isProof) process.env.CDK_VALIDATION = 'false';

export const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms';
export const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f8c2a51-1234-4abc-8def-0123456789ab';
export const CERTIFICATE =
  'arn:aws:acm:eu-west-1:123456789012:certificate/0f8c2a51-1234-4abc-8def-0123456789ab';
export const PRICES = '{"stateTransition":0.00003}';
export const VARIANTS = {
  'by default': {},
  open: { auth: 'none' },
  'with tokens': {
    auth: 'jwt',
    jwtIssuer: 'https://issuer.example',
    jwtAudience: 'a,b',
    jwtLogin: 'https://app.auth.eu-west-1.amazoncognito.com',
  },
  'managed by whom tokens let in': {
    auth: 'jwt',
    jwtIssuer: 'https://issuer.example',
    jwtAudience: 'a',
    manage: 'auth',
  },
  'managed by everybody': { auth: 'none', manage: 'auth' },
  'managed by nobody': { manage: 'off' },
  'with pages of other origins': { cors: 'https://a.example, http://localhost:5173' },
  'open to all pages': { auth: 'none', cors: '*' },
  'with a bucket that goes': { removal: 'destroy', name: 'other' },
  'with alarms that are sent': { alarmTopic: TOPIC, trainMemory: '3538' },
  'without alarms': { alarms: 'off', name: 'quiet' },
  'with a domain': { domain: 'digits.example.org', certificate: CERTIFICATE },
  'with a key': { kmsKey: KEY },
  'with other figures': {
    ...{ keepImports: '15', keepBatches: '45', keepLogs: '90' },
    ...{ throttleRate: '7', throttleBurst: '11', sweepRunsAtOnce: '13', batchPartsAtOnce: '17' },
  },
  'on x86_64': { architecture: 'x86_64' },
  'with a budget and prices': { budget: '5', budgetEmail: 'a@b.c', prices: PRICES },
};
export type Variant = keyof typeof VARIANTS;

/** Neither rules nor templates look into bundles. */
export const WITHOUT_CODE = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true };

const made = new Map<Variant, App>();
/** The app without its bundles, made once. */
export function appOf(variant: Variant): App {
  const known = made.get(variant);
  if (known !== undefined) return known;
  const app = new App({ context: { ...VARIANTS[variant], ...WITHOUT_CODE } });
  createStacks(app, readSettings(app), 'unknown');
  made.set(variant, app);
  return app;
}

export const stackOf = (variant: Variant, stack: string): Stack =>
  appOf(variant).node.children.find(({ node }) => node.id.endsWith(`-${stack}`)) as Stack;
export const template = (variant: Variant, stack: string): Template =>
  Template.fromStack(stackOf(variant, stack));
export const propertiesOf = (of: Template, type: string): Record<string, unknown>[] =>
  Object.values(of.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>);

/** How the local cloud would deploy it. */
export const LOCAL = { parameters: {}, endpoint: 'http://127.0.0.1:1' };

/** An app's stacks as the local cloud reads them. */
export const assembled = (variant: Variant): AssembledStack[] =>
  appOf(variant)
    .node.children.filter((child) => child instanceof Stack)
    .map((stack) => ({
      name: stack.stackName,
      template: Template.fromStack(stack).toJSON() as AssembledStack['template'],
      // Of the bundles only the folders' names are looked at.
      assets: { get: () => 'bundle' } as unknown as AssembledStack['assets'],
    }));

/** All stacks but the bucket's. */
export const WITH_LOGS = ['training', 'serving', 'batch', 'sweep'];
