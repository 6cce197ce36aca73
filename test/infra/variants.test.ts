/** The app as it is deployed in other ways than by default, and cdk-nag's rules of the AWS Solutions library for each way. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { checkProperties } from '../../scripts/cloud/properties.ts';
import { describeResources } from '../../scripts/cloud/resources.ts';
import { hasTool, needs } from '../support/needs.ts';
import {
  appOf,
  assembled,
  CERTIFICATE,
  KEY,
  LOCAL,
  TOPIC,
  template,
  VARIANTS,
  type Variant,
  WITH_LOGS,
} from './variants.ts';

const hasRules = hasTool('cdk-nag');
const needsRules = needs(hasRules, 'no cdk-nag: npm run check installs it');
const { AwsSolutionsChecks } = hasRules ? await import('cdk-nag') : ({} as typeof import('cdk-nag'));
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

it('the rules find what is wrong', needsRules, () => {
  const app = new App();
  new Bucket(new Stack(app, 'stack'), 'bucket');
  const { violations } = checks().validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName)).toEqual(
    expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']),
  );
});

describe.each(Object.keys(VARIANTS) as Variant[])('the app %s', (variant) => {
  const app = appOf(variant);

  it('breaks no rule', needsRules, () => {
    expect(checks().validateScope(app).violations).toEqual([]);
  });

  it('acknowledges only what would be a finding, and says why', needsRules, () => {
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

/** What the local cloud does not have. */
const REFUSED: Partial<Record<Variant, string>> = {
  'with a key': 'SSEAlgorithm: got "aws:kms", the local cloud has "AES256"',
};

it('the local cloud knows all that they declare, but for keys for encryption', () => {
  for (const variant of Object.keys(VARIANTS) as Variant[]) {
    const stacks = assembled(variant);
    const check = () => {
      for (const stack of stacks) checkProperties(stack);
      describeResources(stacks, LOCAL).roles.checkTrust();
    };
    const refusal = REFUSED[variant];
    if (refusal === undefined) check();
    else expect(check).toThrow(refusal);
  }
});

it.each([
  ['with a key', ['storage'], 'kmsKey', KEY],
  ['with a domain', ['serving'], 'certificate', CERTIFICATE],
  ['with alarms that are sent', WITH_LOGS, 'alarmTopic', TOPIC],
] as const)(
  '%s: nothing is deployed into another region than its ARN is of',
  (variant, stacks, setting, arn) => {
    for (const stack of stacks) {
      const rules = Object.values(template(variant, stack).toJSON().Rules as Record<string, object>);
      expect(rules).toContainEqual({
        Assertions: [
          {
            Assert: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, arn.split(':')[3]] },
            AssertDescription: `-c ${setting}=${arn}: expected one in the region of the stack`,
          },
        ],
      });
    }
  },
);
