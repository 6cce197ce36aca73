/** What settings of sizes, alarms, logs, prices and budgets make of the templates. */
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { PRICES, propertiesOf, stackOf, TOPIC, template, type Variant, WITH_LOGS } from '../variants.ts';

it('as many runs and parts are at work at a time as is said', () => {
  for (const [stack, width] of Object.entries({ sweep: 13, batch: 17 })) {
    const [machine] = propertiesOf(template('with other figures', stack), 'AWS::StepFunctions::StateMachine');
    const definition = JSON.stringify(machine!.DefinitionString).replaceAll('\\', '');
    expect(definition).toContain(`"MaxConcurrency":${width}`);
  }
});

it('says at synthesis which settings are above what a new account runs at a time', () => {
  const notes = (variant: Variant) =>
    Annotations.fromStack(stackOf(variant, 'training'))
      .findInfo('*', Match.anyValue())
      .map(({ entry }) => entry.data);
  expect(notes('by default')).toEqual([]);
  expect(notes('with other figures')).toEqual([
    expect.stringMatching(/^sweepRunsAtOnce=13, batchPartsAtOnce=17: a new AWS account runs 10 functions/),
  ]);
});

it('has no alarms, and its dashboards all the same, with alarms=off', () => {
  for (const stack of WITH_LOGS) {
    expect(propertiesOf(template('without alarms', stack), 'AWS::CloudWatch::Alarm')).toEqual([]);
  }
  expect(propertiesOf(template('without alarms', 'serving'), 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
});

it('alarms are sent to a topic that is named, also when they are over', () => {
  for (const stack of ['training', 'serving']) {
    const alarms = propertiesOf(template('with alarms that are sent', stack), 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(0);
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toContain(TOPIC);
      expect(OKActions).toEqual([TOPIC]);
    }
  }
});

it('logs that services deliver are where their number needs no policy', () => {
  const names = WITH_LOGS.flatMap((stack) =>
    propertiesOf(template('by default', stack), 'AWS::Logs::LogGroup').flatMap(
      ({ LogGroupName }) => LogGroupName ?? [],
    ),
  );
  expect(names.sort()).toEqual([
    '/aws/vendedlogs/apis/stepnet-serving-AccessLogs',
    '/aws/vendedlogs/states/stepnet-batch-BatchLogs',
    '/aws/vendedlogs/states/stepnet-sweep-SweepLogs',
    '/aws/vendedlogs/states/stepnet-training-ImportLogs',
    '/aws/vendedlogs/states/stepnet-training-TrainingLogs',
  ]);
});

it('all logs are kept as long as is said', () => {
  for (const stack of WITH_LOGS) {
    const groups = propertiesOf(template('with other figures', stack), 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(2);
    for (const { RetentionInDays } of groups) expect(RetentionInDays).toBe(90);
  }
});

it('a budget mails when the month is over it, and when it is forecast to be', () => {
  const notice = (NotificationType: string) => ({
    Notification: {
      NotificationType,
      ComparisonOperator: 'GREATER_THAN',
      Threshold: 100,
      ThresholdType: 'PERCENTAGE',
    },
    Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'a@b.c' }],
  });
  template('with a budget and prices', 'training').hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 5, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:application$stepnet'] },
    },
    NotificationsWithSubscribers: [notice('ACTUAL'), notice('FORECASTED')],
  });
});

/** Descriptions of the functions of training with these prices. */
const pricedBy = (variant: Variant, prices: string) =>
  Object.values(
    template(variant, 'training').findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: Match.objectLike({ PRICES: prices }) } },
    }),
  )
    .map(({ Properties }) => Properties.Description as string)
    .sort();
const WHO_ESTIMATE = [
  'stepnet reduce-round',
  'stepnet start-run',
  'stepnet train-chunk',
  'stepnet train-worker',
  'stepnet validate-config',
];

it('prices go to the functions that estimate what a run costs', () => {
  expect(pricedBy('with a budget and prices', PRICES)).toEqual(WHO_ESTIMATE);
});

it('on another processor all functions are, and those that estimate have its price', () => {
  for (const stack of ['training', 'serving', 'batch', 'sweep']) {
    const functions = propertiesOf(template('on x86_64', stack), 'AWS::Lambda::Function');
    // The CDK's own has no architecture.
    const ours = functions.filter(({ Description }) => String(Description).startsWith('stepnet '));
    expect(ours.length).toBeGreaterThan(1);
    for (const { Architectures } of ours) expect(Architectures).toEqual(['x86_64']);
  }
  expect(pricedBy('on x86_64', '{"lambdaGbSecond":0.0000166667}')).toEqual(WHO_ESTIMATE);
});
