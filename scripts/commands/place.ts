/** Where a command works: in AWS, in the local cloud that runs, or else in one that it starts in its own process. */
import { findTarget, type Target } from '../client/target.ts';
import { findLocalCloud } from '../cloud/connection.ts';
import type { LocalApp } from './local-app.ts';
import type { parsePorts } from './ports.ts';

export interface Place {
  /** Starts a local cloud when none runs on the data folder. */
  target(): Promise<Target>;
  /** What was started for it. */
  readonly app: LocalApp | undefined;
}

/** An exit code, or that what the command started goes on serving until somebody ends it. */
type Ending = number | 'serve';

/** Does the work, and ends what was started for it, also when somebody ends the command. @returns the exit code */
export async function atPlace(
  where: { stack?: string | undefined; data: string },
  ports: ReturnType<typeof parsePorts>,
  work: (place: Place) => Promise<Ending>,
): Promise<number> {
  let target: Promise<Target> | undefined;
  let app: LocalApp | undefined;
  const ended = Promise.withResolvers<Ending>();
  const find = async (): Promise<Target> => {
    if (where.stack === undefined && (await findLocalCloud(where.data)) === undefined) {
      // It takes longer to load than all that comes before it.
      const { startLocalApp } = await import('./local-app.ts');
      app = await startLocalApp({ dataDir: where.data, ports });
      app.interrupted.then(ended.resolve);
    }
    return findTarget(where);
  };
  const place: Place = {
    target: () => {
      target ??= find();
      return target;
    },
    get app() {
      return app;
    },
  };
  try {
    const ending = await Promise.race([ended.promise, work(place)]);
    if (ending === 130) console.log('\ninterrupted; the next start on this folder goes on from there');
    if (ending !== 'serve') return ending;
    await app?.interrupted;
    return 0;
  } finally {
    await app?.close();
  }
}
