import { expect } from 'vitest';
import type { WholeAnswer } from '../../../../scripts/cloud/s3/core.ts';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';
import { Clock } from '../../../../scripts/lab/simulate/clock.ts';
import type { Container } from '../../../../scripts/lab/simulate/container.ts';
import { Faults } from '../../../../scripts/lab/simulate/faults.ts';
import { Network } from '../../../../scripts/lab/simulate/network.ts';
import { Observer } from '../../../../scripts/lab/simulate/observer.ts';
import { Random } from '../../../../scripts/lab/simulate/random.ts';
import { Trace } from '../../../../scripts/lab/simulate/trace.ts';
import { describeS3Conformance } from '../../cloud/s3/conformance.ts';
import { clientWithoutSockets } from '../../cloud/s3/support/clients.ts';

describeS3Conformance("the simulation's network without faults", async () => {
  const random = new Random(1, 1);
  const clock = new Clock(random);
  const store = new S3Store({ file: ':memory:', now: () => clock.now });
  const bucket = 'conformance';
  store.buckets.create(bucket);
  const network = new Network({
    clock,
    random,
    faults: new Faults(random, false),
    store,
    bucket,
    observer: new Observer((key) => store.read(bucket, key), undefined),
    trace: new Trace(() => clock.elapsed),
    crash: () => {},
  });
  const from = { name: 'test', busyMs: 0, run: (act: () => void) => act() } as Container;
  const client = clientWithoutSockets(async ({ id: _, ...request }) => {
    let answer: WholeAnswer | undefined;
    const respond = (arrived: WholeAnswer) => {
      answer = arrived;
    };
    const reset = () => expect.unreachable('nothing breaks a connection here');
    network.send('s3', request, { respond, reset }, from);
    while (answer === undefined) await clock.step();
    return answer;
  });
  const close = async () => {
    client.destroy();
    clock.uninstall();
    store.close();
  };
  return { client, bucket, close };
});
