/** cdk-nag's rules of the AWS Solutions library hold for every way to deploy, but for what is acknowledged with a reason. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';
import { createStacks } from '../../infra/stacks.ts';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms';
const VARIANTS: [string, Record<string, string>][] = [
  ['by default', {}],
  ['open', { auth: 'none' }],
  ['with tokens', { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'a,b' }],
  ['with a bucket that goes', { removal: 'destroy', name: 'other' }],
  ['with alarms that are sent', { alarmTopic: TOPIC, trainMemory: '3538' }],
  ['with a budget and prices', { budget: '5', budgetEmail: 'a@b.example', prices: '{"lambdaRequest":0}' }],
];

/** The app without its bundles, which no rule looks into. */
function appWith(context: Record<string, string>): App {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  createStacks(app, readSettings(app), 'unknown');
  return app;
}

const checks = () => new AwsSolutionsChecks();
/** The same rules, deaf to acknowledgements. */
const strictChecks = () => Object.defineProperty(checks(), 'isAcknowledged', { value: () => false });

interface Acknowledgement {
  id: string;
  reason: string;
  at: IConstruct;
}

function acknowledgements(app: App): Acknowledgement[] {
  return app.node.findAll().flatMap((at) =>
    at.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, at })),
  );
}

it('the rules find what is wrong', () => {
  const app = new App();
  new Bucket(new Stack(app, 'stack'), 'bucket');
  const { violations } = checks().validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName)).toEqual(
    expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']),
  );
});

describe.each(VARIANTS)('the app %s', (_, context) => {
  const app = appWith(context);

  it('breaks no rule', () => {
    expect(checks().validateScope(app).violations).toEqual([]);
  });

  it('acknowledges only what would be a finding, and says why', () => {
    const all = acknowledgements(app);
    expect(all.length).toBeGreaterThan(0);
    for (const { id, reason, at } of all) {
      expect(reason.length, id).toBeGreaterThan(40);
      const findings = strictChecks()
        .validateScope(at)
        .violations.map(({ ruleName }) => ruleName);
      expect(findings, `${id} at ${at.node.path}`).toContain(id);
    }
  });
});
