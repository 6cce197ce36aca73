/** Rules about state machines: what their roles have to allow, and how much they do at a time. */
import {
  actionsOf,
  type Found,
  isDistributed,
  type LintedApp,
  type Rule,
  resourcesOf,
  statementsOf,
  statesOf,
} from './app.ts';

const machinesOf = (app: LintedApp) => resourcesOf(app, 'AWS::StepFunctions::StateMachine');

/** `action resource` for all that a machine's role allows of a service. */
function granted(app: LintedApp, { stack, properties }: Found, service: string): string[] {
  const role = `${stack}: ${String(properties.RoleArn).replace(/\.Arn>$/, '>')}`;
  const grants = statementsOf(app)
    .filter(({ roles }) => roles.includes(role))
    .flatMap(({ statement }) =>
      actionsOf(statement).flatMap((action) =>
        [statement.Resource].flat().map((resource) => `${action} ${resource}`),
      ),
    );
  return [...new Set(grants.filter((grant) => grant.startsWith(`${service}:`)))].sort();
}

/**
 * With a Distributed Map a machine starts executions of itself, looks at them and stops them, and redrives them when it is
 * redriven, as the runbook says of batches ("IAM policies for using Distributed Map states", AWS Step Functions Developer
 * Guide). Others start nothing but what their states say.
 */
export const mapsMayStartTheirChildren: Rule = (app) =>
  machinesOf(app).flatMap((machine) => {
    const states = statesOf(machine).map(([, state]) => state);
    const self = String(`<${machine.id.replace(/[0-9A-F]{8}$/, '')}>`);
    const children = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":","${self}"]}]}`;
    const start = `states:StartExecution ${self}`;
    const startsItself = states.some(({ Resource }) => /:states:startExecution$/.test(String(Resource)));
    const expected = states.some(isDistributed)
      ? [
          start,
          `states:DescribeExecution ${children}:*`,
          `states:StopExecution ${children}:*`,
          `states:RedriveExecution ${children}/*:*`,
        ]
      : startsItself
        ? [start]
        : [];
    return differences(machine, granted(app, machine, 'states'), expected);
  });

/** A machine may invoke the functions of its states, and no others. */
export const machinesInvokeTheirFunctions: Rule = (app) =>
  machinesOf(app).flatMap((machine) => {
    const functions = statesOf(machine).flatMap(([, { Resource }]) => {
      const text = String(Resource);
      return text.endsWith('.Arn>') ? [`lambda:InvokeFunction ${text}`] : [];
    });
    return differences(machine, granted(app, machine, 'lambda'), [...new Set(functions)]);
  });

function differences({ where }: Found, got: string[], expected: string[]): string[] {
  return [
    ...expected.filter((grant) => !got.includes(grant)).map((grant) => `${where}: its role lacks ${grant}`),
    ...got.filter((grant) => !expected.includes(grant)).map((grant) => `${where}: nothing needs ${grant}`),
  ];
}

/** Of a new account, in which docs/deploy.md says that the defaults fit. */
export const CONCURRENCY_OF_NEW_ACCOUNT = 10;
/** Of an inline Map ("Map state processing modes", AWS Step Functions Developer Guide). */
const MOST_INLINE = 40;

/**
 * Maps do as much at a time as the settings say, none without a limit. Nothing is reserved, which a new account would refuse.
 */
export const widthsFit: Rule = (app) => {
  const { workersAtOnce, sweepRunsAtOnce, batchPartsAtOnce } = app.settings;
  const asked: Readonly<Record<string, number>> = {
    TrainRound: workersAtOnce,
    TrainRuns: sweepRunsAtOnce,
    PredictParts: batchPartsAtOnce,
  };
  return [
    ...machinesOf(app).flatMap((machine) =>
      statesOf(machine)
        .filter(([, { Type }]) => Type === 'Map')
        .flatMap(([name, state]) => {
          const { MaxConcurrency: width = 0 } = state;
          const most = isDistributed(state)
            ? (asked[name] ?? 0)
            : Math.min(MOST_INLINE, CONCURRENCY_OF_NEW_ACCOUNT - 1);
          return width > 0 && width <= most
            ? []
            : [
                `${machine.where}: ${name} does ${width === 0 ? 'all' : width} at a time, expected up to ${most}`,
              ];
        }),
    ),
    ...resourcesOf(app, 'AWS::Lambda::Function')
      .filter(({ raw }) => raw.ReservedConcurrentExecutions !== undefined)
      .map(({ where, raw }) => `${where}: reserves ${raw.ReservedConcurrentExecutions}`),
  ];
};
