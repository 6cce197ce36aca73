/** What only those get who ask for it: a monthly budget, and prices of their own. */
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Stack } from 'aws-cdk-lib/core';
import { expect, it } from 'vitest';
import { readSettings } from '../../infra/settings.ts';
import { TrainingStack } from '../../infra/training-stack.ts';

function training(context: Record<string, string>): Template {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  const bucket = new Bucket(new Stack(app, 'other'), 'Bucket');
  const settings = readSettings(app);
  return Template.fromStack(new TrainingStack(app, 'test', { bucket, gitRevision: 'abc', ...settings }));
}

it('a budget mails when the month is over it, and when it is forecast to be', () => {
  const template = training({ name: 'mynet', budget: '5', budgetEmail: 'a@b.c' });
  const notice = (NotificationType: string) => ({
    Notification: {
      NotificationType,
      ComparisonOperator: 'GREATER_THAN',
      Threshold: 100,
      ThresholdType: 'PERCENTAGE',
    },
    Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'a@b.c' }],
  });
  template.hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 5, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:application$mynet'] },
    },
    NotificationsWithSubscribers: [notice('ACTUAL'), notice('FORECASTED')],
  });
});

it('there is none, and no price, for who asks for nothing', () => {
  const template = training({});
  template.resourceCountIs('AWS::Budgets::Budget', 0);
  expect(JSON.stringify(template.toJSON())).not.toContain('PRICES');
});

it('prices go to the functions that estimate what a run costs', () => {
  const template = training({ prices: '{"stateTransition":0.00003}' });
  const priced = template.findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: Match.objectLike({ PRICES: '{"stateTransition":0.00003}' }) } },
  });
  const descriptions = Object.values(priced).map(({ Properties }) => Properties.Description as string);
  expect(descriptions.sort()).toEqual([
    'stepnet reduce-round',
    'stepnet start-run',
    'stepnet train-chunk',
    'stepnet train-worker',
  ]);
});
