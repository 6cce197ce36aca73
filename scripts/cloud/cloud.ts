/** The local cloud: a synthesized app, running on this machine. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { stayOnThisMachine } from '../support/surroundings.ts';
import { readAssembly } from './assembly.ts';
import { localConnection, publishCloud } from './connection.ts';
import { Authorizers } from './http/authorizers.ts';
import { startGateway } from './http/gateway.ts';
import { Authorizer, accessKeyIdOf, type CloudCall } from './iam/authorizer.ts';
import { Identities } from './iam/identities.ts';
import { invokingAhead } from './lambda/ahead.ts';
import type { Outcome } from './lambda/container.ts';
import { FunctionHost, type FunctionStats } from './lambda/function-host.ts';
import { portTaken } from './loopback.ts';
import { describeResources } from './resources.ts';
import { startS3Server } from './s3/server.ts';
import { ExecutionStore } from './stepfunctions/execution-store.ts';
import { startStepFunctionsServer } from './stepfunctions/server.ts';
import { StepFunctionsService } from './stepfunctions/service.ts';

export interface LocalCloudOptions {
  /** Folder of the cloud assembly, or what makes it: called once data folder and port are ours. */
  assemblyDir: string | (() => Promise<string>);
  /** Where objects and logs are kept; one local cloud at a time. */
  dataDir: string;
  /** Ports on loopback of the HTTP API, S3 and Step Functions; 0 picks a free one, which is the default for the others. */
  httpPort: number;
  s3Port?: number;
  stepFunctionsPort?: number;
  /** Values of template parameters, as `cdk deploy --parameters` would give them. */
  parameters?: Record<string, string>;
  /** Processes of one function at a time; more invocations wait. */
  processes?: number;
  /** Invocations of all functions at a time, as an AWS account has them; more are throttled. */
  concurrency?: number;
  /** Draws the waits of retries with jitter from [0, 1). */
  random?: () => number;
  /** Sees every permission that a function or state machine uses. */
  onCall?: (call: CloudCall) => void;
}

export interface LocalCloud {
  endpoints: { s3: string; stepFunctions: string; http: string };
  /** Outputs by stack. */
  outputs: Record<string, Record<string, string>>;
  /** Names of executions that an earlier cloud on the folder began, and that go on now. */
  resumed: readonly string[];
  functionStats(): FunctionStats[];
  /** Starts what an execution of the state machine will need first; it is not waited for. */
  prepare(stateMachineArn: string): void;
  /** Calls a function, as an alarm or an operator does. @throws Error when there is none of this name */
  invoke(functionName: string, event: unknown): Promise<Outcome>;
  close(): Promise<void>;
}

/** @throws Error when a port or the data folder is taken, or the app holds something that can't run locally */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  stayOnThisMachine();
  const { dataDir, parameters = {}, s3Port = 0 } = options;
  mkdirSync(dataDir, { recursive: true });
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // First, because its file is what keeps two clouds from one data folder.
    let authorizer: Authorizer | undefined;
    const s3 = await startS3Server({
      file: join(dataDir, 's3.sqlite'),
      port: s3Port,
      onRequest: (call) => authorizer?.checkS3(call),
    }).catch(portTaken(s3Port, '--s3-port'));
    closers.push(() => s3.close());
    const executions = new ExecutionStore(join(dataDir, 'stepfunctions.sqlite'));
    closers.push(() => executions.close());
    const gateway = await startGateway(options.httpPort);
    closers.push(() => gateway.close());
    const stepFunctions = await startStepFunctionsServer(undefined, options.stepFunctionsPort);
    closers.push(() => stepFunctions.close());
    const { assemblyDir } = options;
    const assemblyFolder = typeof assemblyDir === 'string' ? assemblyDir : await assemblyDir();
    const assembly = readAssembly(assemblyFolder);
    const resources = describeResources(assembly, { parameters, endpoint: gateway.endpoint });
    for (const { name, ...properties } of resources.buckets) s3.createBucket(name, properties);
    s3.startLifecycle();
    const exists = (bucket: string, key: string, version?: string) =>
      s3.store.objects.has(bucket, key, version);
    authorizer = new Authorizer(resources.roles, exists, options.onCall);
    for (const machine of resources.stateMachines) authorizer.checkDefinition(machine);
    const authorizers = new Authorizers(resources.api, new Identities(resources.roles, options.onCall));
    await authorizers.check();
    const environment = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
      // Beside the bundles: what V8 made of them the last time, which spares a third of a function's start.
      NODE_COMPILE_CACHE: resolve(assemblyFolder, '../compiled'),
    };
    const functions = new FunctionHost(resources.functions, join(dataDir, 'logs'), environment, options);
    closers.push(() => functions.close());
    const storeFor = (arn: string, bucket: string) =>
      createS3Store(bucket, localConnection(s3.endpoint, accessKeyIdOf(arn)));
    const invoker = invokingAhead(functions, resources.stateMachines);
    const service = new StepFunctionsService(
      resources.stateMachines,
      invoker,
      async (bucket, key, arn) => (await storeFor(arn, bucket).get(key))?.body,
      {
        ...(options.random !== undefined && { random: options.random }),
        async writeObject(bucket, key, body, arn) {
          authorizer?.checkResultWriter(arn, bucket, key);
          await storeFor(arn, bucket).createImmutable(key, body);
        },
        store: executions,
      },
    );
    closers.push(() => service.close());
    stepFunctions.serve(service, (...call) => authorizer?.checkStates(...call));
    gateway.serve({ api: resources.api, authorizers, functions });

    const endpoints = { s3: s3.endpoint, stepFunctions: stepFunctions.endpoint, http: gateway.endpoint };
    closers.push(publishCloud(dataDir, { endpoints, outputs: resources.outputs }));
    return {
      endpoints,
      outputs: resources.outputs,
      resumed: service.resumed,
      functionStats: () => functions.stats(),
      prepare: invoker.prepare,
      invoke: async (name, event) => {
        const arn = resources.functions.find((fn) => fn.name === name)?.arn;
        return functions.invoke(arn ?? name, JSON.stringify(event));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
