/** Faults of state machines, with the rule that finds each. */
import { type Fault, lambda, OTHERWISE, remove, setWidth, statements } from './plant.ts';

export const FAULTS: readonly Fault[] = [
  {
    rule: 'mapsMayStartTheirChildren',
    fault: 'a machine that may not start the children of its Map',
    plant: (app) => remove(app, 'sweep', 'AWS::IAM::Policy', 'SweepDistributedMapPolicy'),
    finding: 'its role lacks states:StartExecution <Sweep>',
  },
  {
    rule: 'mapsMayStartTheirChildren',
    fault: 'a batch whose redrive may not redrive its parts',
    plant: (app) => {
      const grants = statements(app, 'batch', 'BatchDistributedMapPolicy');
      grants.splice(
        grants.findIndex(({ Action }) => Action === 'states:RedriveExecution'),
        1,
      );
    },
    finding: 'its role lacks states:RedriveExecution',
  },
  {
    rule: 'mapsMayStartTheirChildren',
    fault: "a machine that may stop every machine's executions",
    plant: (app) => {
      const grants = statements(app, 'training', 'TrainingDistributedMapPolicy');
      grants.find(({ Action }) => String(Action).includes('Stop'))!.Resource =
        'arn:aws:states:*:*:execution:*';
    },
    finding: 'nothing needs states:StopExecution arn:aws:states:*:*:execution:*',
  },
  {
    rule: 'machinesInvokeTheirFunctions',
    fault: 'a function that its machine may not invoke',
    plant: (app) => {
      const grants = statements(app, 'batch', 'BatchRoleDefaultPolicy');
      grants.splice(
        grants.findIndex(({ Action }) => Action === 'lambda:InvokeFunction'),
        1,
      );
    },
    finding: 'its role lacks lambda:InvokeFunction <',
  },
  {
    rule: 'machinesInvokeTheirFunctions',
    fault: 'a machine that may invoke any function',
    plant: (app) => {
      const Resource = 'arn:aws:lambda:*:*:function:*';
      statements(app, 'batch', 'BatchRoleDefaultPolicy').push({ Action: 'lambda:InvokeFunction', Resource });
    },
    finding: 'nothing needs lambda:InvokeFunction arn:aws:lambda:*:*:function:*',
  },
  {
    rule: 'widthsFit',
    fault: 'a Map that does everything at once',
    plant: (app) => setWidth(app, 'batch', 'Batch', 0),
    finding: 'PredictParts does all at a time, expected up to 5',
  },
  {
    rule: 'widthsFit',
    fault: 'a Map that does more than the setting says',
    context: OTHERWISE,
    plant: (app) => setWidth(app, 'sweep', 'Sweep', 8),
    finding: 'TrainRuns does 8 at a time, expected up to 7',
  },
  {
    rule: 'widthsFit',
    fault: 'a function that reserves concurrency',
    plant: (app) => {
      lambda(app).ReservedConcurrentExecutions = 5;
    },
    finding: 'reserves 5',
  },
];
