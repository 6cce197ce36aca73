/** A local cloud of the synthesized app as tests use it: its bucket, its executions, its functions. */
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, inject, vi } from 'vitest';
import { OUTPUTS, PARAMETERS } from '../../functions/contract/stacks.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { startExecution } from '../../scripts/client/run.ts';
import type { Template } from '../../scripts/cloud/assembly.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../scripts/cloud/cloud.ts';
import { LOCAL_CREDENTIALS } from '../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../scripts/cloud/intrinsics.ts';
import { type Mirror, startMirror } from '../../scripts/cloud/mnist-mirror.ts';

/** Changes the resources of a template. */
export type Edit = (resources: Template['Resources']) => void;

interface Options
  extends Pick<LocalCloudOptions, 'parameters' | 'processes' | 'concurrency' | 'random' | 'onCall'> {
  /** Whether MNIST's first rows are in its bucket from the beginning; else a run downloads all of it. */
  hasMnist?: boolean;
  /** Serves the files of datasets; MNIST's, by default. */
  mirror?: () => Promise<Pick<Mirror, 'url' | 'close'>>;
  /** Folder of another assembly than that of all tests. */
  assembly?: (() => Promise<string>) | undefined;
  /** Applied to each template of a copy of the assembly. */
  edit?: Edit | undefined;
}

const connection = (endpoint: string) => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: LOCAL_CREDENTIALS,
});

export class TestCloud {
  /** The data folder, from the beginning. */
  readonly folder = mkdtempSync(join(tmpdir(), 'stepnet-cloud-'));
  /** The bucket as its operator sees it. */
  store!: ObjectStore;
  client!: SFNClient;
  readonly #options: Options;
  #mirror: Awaited<ReturnType<NonNullable<Options['mirror']>>> | undefined;
  #cloud: LocalCloud | undefined;

  constructor(options: Options = {}) {
    this.#options = options;
    if (options.hasMnist) copyFileSync(inject('mnistStore'), join(this.folder, 's3.sqlite'));
  }

  /** Starts the cloud, also again after `stop`. */
  async start(edit = this.#options.edit): Promise<void> {
    // Two interleave as well as ten, and a process costs more than what most tests do in it.
    const {
      assembly,
      mirror = startMirror,
      parameters,
      processes = 2,
      concurrency,
      random,
      onCall,
    } = this.#options;
    this.#mirror ??= await mirror();
    this.#cloud = await startLocalCloud({
      assemblyDir: edit === undefined ? (assembly ?? inject('assembly')) : this.#edited(edit),
      dataDir: this.folder,
      httpPort: 0,
      parameters: {
        [PARAMETERS.datasetMirrors]: this.#mirror.url,
        [PARAMETERS.mirrorAccess]: 'any',
        ...parameters,
      },
      processes,
      ...(concurrency !== undefined && { concurrency }),
      ...(random !== undefined && { random }),
      ...(onCall !== undefined && { onCall }),
    });
    const { s3, stepFunctions } = this.#cloud.endpoints;
    this.store = createS3Store(this.output('bucket'), connection(s3));
    this.client = new SFNClient(connection(stepFunctions));
  }

  /** Ends the cloud; its folder and the mirror stay. */
  async stop(): Promise<void> {
    await this.#cloud?.close();
    this.#cloud = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#mirror?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get cloud(): LocalCloud {
    if (this.#cloud === undefined) throw new Error('the local cloud is not started');
    return this.#cloud;
  }

  /** Of the HTTP API. */
  get http(): string {
    return this.cloud.endpoints.http;
  }

  /** Of the mirror; ends in a slash. */
  get mirrorUrl(): string {
    return this.#mirror!.url;
  }

  output(name: keyof typeof OUTPUTS): string {
    return Object.values(this.cloud.outputs).find((stack) => OUTPUTS[name] in stack)![OUTPUTS[name]]!;
  }

  async read(key: string): Promise<Uint8Array> {
    return (await this.store.get(key))!.body;
  }

  /** GET, or the POST of a document. */
  ask(path: string, body?: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
    return fetch(`${this.http}${path}`, init);
  }

  /** Runs an execution to its end, whichever that is. */
  async execute(
    machine: keyof typeof OUTPUTS,
    name: string,
    input: object,
  ): Promise<DescribeExecutionCommandOutput> {
    const { client } = this;
    const stateMachineArn = this.output(machine);
    const executionArn = await startExecution({ client, stateMachineArn, name, input: { ...input } });
    return vi.waitUntil(
      async () => {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
        return execution.status !== 'RUNNING' && execution;
      },
      { timeout: 150_000, interval: 50 },
    );
  }

  async history(executionArn: string | undefined): Promise<HistoryEvent[]> {
    const request = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 });
    return (await this.client.send(request)).events!;
  }

  /** Its events, and those of the executions of its Distributed Maps' items. */
  async wholeHistory(executionArn: string): Promise<HistoryEvent[]> {
    const events = await this.history(executionArn);
    const mapRuns = events.flatMap(({ mapRunStartedEventDetails: details }) => details?.mapRunArn ?? []);
    const children = mapRuns.map(async (mapRunArn) => {
      const { executions } = await this.client.send(
        new ListExecutionsCommand({ mapRunArn, maxResults: 1000 }),
      );
      return Promise.all(executions!.map((child) => this.history(child.executionArn).catch(ofExpress)));
    });
    return [...events, ...(await Promise.all(children)).flat(2)];
  }

  /** Names of the states that the execution entered. */
  async entered(executionArn: string | undefined): Promise<string[]> {
    return statesOf(await this.history(executionArn));
  }

  /** Calls the function that the template calls so. */
  invoke(fn: string, event: object) {
    return this.cloud.invoke(this.statsOf(fn).name, event);
  }

  statsOf(fn: string) {
    return this.cloud.functionStats().find(({ name }) => name.includes(`-${fn}Function`))!;
  }

  #edited(edit: Edit): string {
    const assembly = join(this.folder, 'assembly');
    cpSync(inject('assembly'), assembly, { recursive: true });
    for (const name of readdirSync(assembly).filter((file) => file.endsWith('.template.json'))) {
      const file = join(assembly, name);
      const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
      edit(template.Resources);
      writeFileSync(file, JSON.stringify(template));
    }
    return assembly;
  }
}

/** Names of the states that were entered. */
export const statesOf = (events: readonly HistoryEvent[]): string[] =>
  events.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);

/** A cloud that is there for all tests of a file. */
export function useCloud(options?: Options): TestCloud {
  const app = new TestCloud(options);
  beforeAll(() => app.start());
  afterAll(() => app.close());
  return app;
}

/** An express execution shows no history. */
function ofExpress(error: Error): HistoryEvent[] {
  if (error.name === 'ValidationException') return [];
  throw error;
}
