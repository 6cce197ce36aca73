/** Faults of AWS's limits, with the rule that finds each. */
import { type Fault, find, lambda, machine, statements, templateOf } from './plant.ts';

export const FAULTS: readonly Fault[] = [
  {
    rule: 'templatesFit',
    fault: 'more resources than a stack has',
    plant: (app) => {
      const { Resources } = templateOf(app, 'sweep');
      for (let index = 0; index < 500; index++) Resources[`Role${index}`] = { Type: 'AWS::IAM::Role' };
    },
    finding: 'stepnet-sweep: resources: 515, AWS takes 500',
  },
  {
    rule: 'templatesFit',
    fault: 'a template of more than a megabyte',
    plant: (app) => {
      templateOf(app, 'sweep').Resources.Blob = {
        Type: 'AWS::SSM::Parameter',
        Properties: { Value: 'x'.repeat(1e6) },
      };
    },
    finding: ': bytes: ',
  },
  {
    rule: 'namesFit',
    fault: 'an API with a name that is too long',
    plant: (app) => {
      find(app, 'serving', 'AWS::ApiGatewayV2::Api').Properties.Name = 'n'.repeat(129);
    },
    finding: 'characters of Name: 129, AWS takes 128',
  },
  {
    rule: 'namesFit',
    fault: 'a description that is too long',
    plant: (app) => {
      lambda(app).Description = 'd'.repeat(257);
    },
    finding: 'characters of Description: 257, AWS takes 256',
  },
  {
    rule: 'namesFit',
    fault: 'two log groups of one name',
    plant: (app) => {
      find(app, 'training', 'AWS::Logs::LogGroup', 'ImportLogs').Properties.LogGroupName =
        '/aws/vendedlogs/states/stepnet-sweep-SweepLogs';
    },
    finding: 'stepnet-sweep-SweepLogs is the name of another one, too',
  },
  {
    rule: 'exportsAreUnique',
    fault: 'an export that a second deployment would have, too',
    plant: (app) => {
      const [output] = Object.values(templateOf(app, 'storage').Outputs!);
      output!.Export = { Name: 'bucket' };
    },
    finding: 'exported as "bucket", expected a name that begins stepnet-storage:',
  },
  {
    rule: 'exportsAreUnique',
    fault: 'an export whose name depends on where it is',
    plant: (app) => {
      const [output] = Object.values(templateOf(app, 'storage').Outputs!);
      output!.Export = { Name: { Ref: 'AWS::Region' } };
    },
    finding: 'exported as {"Ref":"AWS::Region"}',
  },
  {
    rule: 'exportsAreUnique',
    fault: 'an import that nobody exports',
    plant: (app) => {
      templateOf(app, 'storage').Outputs = {};
    },
    finding: 'which nobody exports',
  },
  {
    rule: 'policiesFit',
    fault: 'a role with more policy than IAM takes',
    plant: (app) => {
      const grants = statements(app, 'serving', 'PredictFunction');
      for (let index = 0; index < 60; index++) grants.push(structuredClone(grants[0]!));
    },
    finding: 'AWS takes 10240',
  },
  {
    rule: 'functionsFit',
    fault: 'an environment above 4 KB',
    plant: (app) => {
      lambda(app).Environment.Variables.PRICES = 'x'.repeat(4000);
    },
    finding: 'bytes of its environment: ',
  },
  {
    rule: 'functionsFit',
    fault: 'an answer that API Gateway does not wait for',
    plant: (app) => {
      lambda(app).Timeout = 31;
    },
    finding: 'seconds of an answer over HTTP: 31, AWS takes 30',
  },
  {
    rule: 'functionsFit',
    fault: 'a function larger than a new account may have',
    plant: (app) => {
      lambda(app).MemorySize = 4096;
    },
    finding: '4096 MB, a new account has 3008',
  },
  {
    rule: 'definitionsFit',
    fault: 'a definition above a megabyte',
    plant: (app) => {
      machine(app, 'batch', 'Batch').DefinitionString = 'x'.repeat(2 ** 20 + 1);
    },
    finding: 'bytes of its definition: 1048577, AWS takes 1048576',
  },
];
