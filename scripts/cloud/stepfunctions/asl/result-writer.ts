/**
 * Where the results of a Distributed Map go that has a ResultWriter: into files of the bucket, whatever their size
 * ("ResultWriter (Map)", AWS Step Functions Developer Guide). A file of more than 5 GB, which would be the first of
 * several, is more than fits into memory here.
 */
import { Failure } from './failure.ts';
import type { Item } from './items.ts';
import { type Child, type Passed, passed, type Run, type Visited } from './run.ts';
import { fill } from './templates.ts';

export class ResultWriter {
  readonly #run: Run;
  readonly #mapRunArn: string;
  readonly #bucket: string;
  readonly #folder: string;

  /** @throws Mistake when the state's data name no place */
  constructor(visit: Visited, input: unknown, mapRunArn: string) {
    const { Parameters } = visit.state.ResultWriter as { Parameters: unknown };
    const { Bucket, Prefix } = fill(Parameters, visit.data(input)) as { Bucket: string; Prefix: string };
    this.#run = visit.run;
    this.#mapRunArn = mapRunArn;
    this.#bucket = Bucket;
    // The run's own folder has the id at the end of its ARN as its name.
    this.#folder = `${Prefix}/${mapRunArn.split(':').at(-1)}`;
  }

  /**
   * @param children by item; there is none of an item whose turn did not come
   * @returns what the state comes to instead of the results
   * @throws Failure when the files can't be written
   */
  async write(items: readonly Item[], children: readonly (Child | undefined)[]): Promise<Passed> {
    const lines: Record<string, string[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
    for (const [index, item] of items.entries()) {
      const child = children[index];
      const kind = child === undefined ? 'PENDING' : child.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
      lines[kind]!.push(JSON.stringify(child === undefined ? pending(item) : child.describe()));
    }
    const files: Record<string, object[]> = {};
    for (const [kind, records] of Object.entries(lines)) {
      files[kind] = [];
      if (records.length === 0) continue;
      const body = Buffer.from(`[${records.join(',')}]`);
      files[kind].push({ Key: await this.#put(`${kind}_0.json`, body), Size: body.length });
    }
    const manifest = { DestinationBucket: this.#bucket, MapRunArn: this.#mapRunArn, ResultFiles: files };
    const Key = await this.#put('manifest.json', Buffer.from(JSON.stringify(manifest)));
    return passed({ MapRunArn: this.#mapRunArn, ResultWriterDetails: { Bucket: this.#bucket, Key } });
  }

  async #put(name: string, body: Uint8Array): Promise<string> {
    const key = `${this.#folder}/${name}`;
    try {
      await this.#run.writeObject(this.#bucket, key, body);
    } catch (error) {
      const cause = `s3://${this.#bucket}/${key}: ${(error as Error).message}`;
      throw new Failure('States.ResultWriterFailed', cause);
    }
    return key;
  }
}

/** An item that no execution was started for. What it would have been given may be what the Map failed by. */
function pending(item: Item): object {
  let Input: string | undefined;
  try {
    Input = item.input().json;
  } catch {}
  return { Input, InputDetails: { Included: Input !== undefined }, Status: 'PENDING' };
}
