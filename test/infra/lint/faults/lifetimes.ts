/** Faults of what stays, and for how long, with the rule that finds each. */
import { bucket, type Fault, find, lambda, OTHERWISE, remove, replace } from './plant.ts';

export const FAULTS: readonly Fault[] = [
  {
    rule: 'bucketStaysOrGoes',
    fault: 'a versioned bucket that goes and that nothing empties',
    context: OTHERWISE,
    plant: (app) => remove(app, 'storage', 'Custom::S3AutoDeleteObjects'),
    finding: 'my-net-storage: Bucket83908E77: it is versioned, and nothing empties it before it is deleted',
  },
  {
    rule: 'bucketStaysOrGoes',
    fault: 'a bucket that goes although it is to stay',
    plant: (app) => {
      bucket(app).DeletionPolicy = 'Delete';
    },
    finding: 'policies Delete and Retain, expected Retain',
  },
  {
    rule: 'bucketStaysOrGoes',
    fault: 'a bucket that is lost when CloudFormation replaces it',
    plant: (app) => {
      delete bucket(app).UpdateReplacePolicy;
    },
    finding: 'policies Retain and undefined, expected Retain',
  },
  {
    rule: 'logsEnd',
    fault: 'a function whose log group Lambda makes',
    plant: (app) => {
      delete lambda(app).LoggingConfig;
    },
    finding: ': no log group of its own',
  },
  {
    rule: 'logsEnd',
    fault: 'a log that is kept for ever',
    plant: (app) => {
      delete find(app, 'training', 'AWS::Logs::LogGroup').Properties.RetentionInDays;
    },
    finding: 'kept undefined days, expected 30',
  },
  {
    rule: 'logsEnd',
    fault: 'a log that outlives its stack, whose next deployment finds the name taken',
    plant: (app) => {
      find(app, 'training', 'AWS::Logs::LogGroup').DeletionPolicy = 'Retain';
    },
    finding: 'policies Retain and Delete, expected Delete',
  },
  {
    rule: 'deliveredLogsNeedNoPolicy',
    fault: "a machine's log under a name of CloudFormation's",
    plant: (app) => {
      delete find(app, 'sweep', 'AWS::Logs::LogGroup', 'SweepLogs').Properties.LogGroupName;
    },
    finding: 'logs to undefined, expected a name that begins /aws/vendedlogs/states/',
  },
  {
    rule: 'deliveredLogsNeedNoPolicy',
    fault: "the API's log elsewhere",
    plant: (app) => {
      find(app, 'serving', 'AWS::Logs::LogGroup', 'AccessLogs').Properties.LogGroupName = '/stepnet/api';
    },
    finding: 'logs to /stepnet/api, expected a name that begins /aws/vendedlogs/apis/',
  },
  {
    rule: 'nothingExpiresTooSoon',
    fault: 'uploads that expire while an import may still read them',
    context: OTHERWISE,
    plant: (app) => replace(bucket(app), '"ExpirationInDays":15', '"ExpirationInDays":14'),
    finding: 'imports/ expires after 14 days, an execution of Import may take 14',
  },
  {
    rule: 'nothingExpiresTooSoon',
    fault: 'results of a sweep that expire while it runs',
    plant: (app) => replace(bucket(app), '"ExpirationInDays":30', '"ExpirationInDays":10'),
    finding: 'map-runs/sweeps/ expires after 10 days, an execution of Sweep may take 14',
  },
  {
    rule: 'nothingExpiresTooSoon',
    fault: 'a rule for all keys',
    plant: (app) => replace(bucket(app), '"Prefix":"rounds/",', ''),
    finding: 'imports/ expires after 7 days',
  },
];
