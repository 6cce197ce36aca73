/** Outputs and parameters of the stacks. */

/** Outputs of the stacks, read by `npm run train` in the cloud and by the local cloud. */
export const OUTPUTS = {
  bucket: 'BucketName',
  stateMachine: 'StateMachineArn',
  /** Of the state machine that imports weights. */
  importStateMachine: 'ImportStateMachineArn',
  endpoint: 'ApiEndpoint',
  /** With a domain of the operator's own: the endpoint under it, and what its DNS record leads to. */
  domainEndpoint: 'DomainEndpoint',
  domainTarget: 'DomainTarget',
  domainTargetZone: 'DomainTargetZone',
  /** Of the state machine that predicts batches. */
  batchStateMachine: 'BatchStateMachineArn',
  /** Of the state machine that runs sweeps. */
  sweepStateMachine: 'SweepStateMachineArn',
} as const;

/** Parameters of the stacks, set with `cdk deploy --parameters`. */
export const PARAMETERS = {
  /** Value of ENV.datasetMirrors. */
  datasetMirrors: 'DatasetMirrors',
  /** Value of ENV.mirrorAccess. */
  mirrorAccess: 'MirrorAccess',
  /** Of the serving stack: `yes` where everybody may call the routes that change something. */
  everybodyMayManage: 'EverybodyMayManage',
} as const;
