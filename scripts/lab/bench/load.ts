/**
 * Asks an endpoint on some connections, each again as soon as it has its answer, and prints how long the answers took. A
 * process of its own, so that asking doesn't wait for answering.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Load {
  url: string;
  /** JSON. */
  body: string;
  connections: number;
  /** Answers that are measured, after as many as a quarter of them that are not. */
  requests: number;
}

/** Milliseconds from a request to the last byte of its answer, in no order. */
export type Latencies = number[];

const load = JSON.parse(process.argv[2]!) as Load;
const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
await ask(Math.ceil(load.requests / 4));
console.log(JSON.stringify(await ask(load.requests)));
agent.destroy();

async function ask(count: number): Promise<Latencies> {
  const latencies: Latencies = [];
  let left = count;
  const connection = async () => {
    while (left-- > 0) {
      const begin = performance.now();
      await post();
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  return latencies;
}

function post(): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(load.body) };
    const asked = request(load.url, { method: 'POST', agent, headers }, (answer) => {
      text(answer).then((words) => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`POST ${load.url}: ${answer.statusCode} ${words}`));
      }, reject);
    });
    asked.on('error', reject);
    asked.end(load.body);
  });
}
