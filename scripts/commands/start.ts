/**
 * `npm start`: synthesizes the app, runs it on this machine, trains a model through its state machine and serves it.
 */
import { LIMITS } from '../../functions/contract/limits.ts';
import { declaredName } from '../../functions/dataset/declarations.ts';
import { parseMirrorAccess, parseMirrors } from '../../functions/schemas/mirrors.ts';
import { LOCAL_SETTINGS, type Settings } from '../build/synthesize.ts';
import { checkInput, type Options, orUsageError, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runInputCommand } from '../cli/command.ts';
import { DEFAULT_DATA } from '../cloud/connection.ts';
import { PORT_OPTIONS, parsePorts } from './ports.ts';

const HELP = `npm start -- [FILE.json] [options]
  --exit          stop after training and one checked prediction (exit code 0 or 1)
  --serve         serve the models that are there, train nothing
  --port N        port of the HTTP endpoint (default 3000); 0 picks free ones, for S3 and Step Functions too
  --s3-port N     port of S3 (default: the next one, 3001)
  --step-functions-port N  port of Step Functions (default: the one after that, 3002)
  --concurrency N functions at a time, as an AWS account has them (default 1000, a new account 10); more are throttled
  --source WHERE  of MNIST: mirror (default: from a dev dependency, served on this machine) or internet
  --dataset-mirrors URLS  base URLs with commas between to download from, those for one dataset as name=URL
  --mirror-access WHAT    public: https at public addresses only (default); any: those URLs may be http, at any address
  --data FOLDER   where S3, logs and the synthesized app live (default .stepnet)
  -c NAME=VALUE   a setting of the app, as cdk deploy takes it (default auth=none, manage=auth); auth=iam and
                  auth=jwt need --serve
  --config FILE   the run's config as JSON, as FILE.json
  --<field> VALUE one field of it, e.g. --iterations 2000 --learning-rate 0.2 --layers '[784,100,10]'`;

const OPTIONS = {
  exit: { type: 'boolean' },
  serve: { type: 'boolean' },
  ...PORT_OPTIONS,
  concurrency: { type: 'string', default: String(LIMITS.concurrency) },
  source: { type: 'string', default: 'mirror' },
  'dataset-mirrors': { type: 'string' },
  'mirror-access': { type: 'string' },
  data: { type: 'string', default: DEFAULT_DATA },
  context: { type: 'string', short: 'c', multiple: true },
} as const;

/** Above what AWS gives on request, "tens of thousands" ("Lambda quotas", AWS Lambda Developer Guide). */
const MOST_CONCURRENCY = 100_000;

async function run(input: Record<string, unknown>, options: Options<typeof OPTIONS>): Promise<number> {
  // Whether a dataset was added that the catalogue doesn't have, only the bucket knows.
  if (declaredName(input) === undefined) checkInput(input);
  const ports = parsePorts(options);
  const concurrency = wholeNumber('--concurrency', options.concurrency, 1, MOST_CONCURRENCY);
  const { data: dataDir, 'dataset-mirrors': mirrors, 'mirror-access': mirrorAccess } = options;
  const hasMirror = parseSource(options.source);
  const settings = parseSettings(options.context);
  if (settings.auth !== 'none' && options.serve !== true) {
    throw new UsageError(
      `-c auth=${settings.auth}: expected --serve, too. Training asks the endpoint and signs nothing; npm run train trains beside it`,
    );
  }
  checkMirrors(mirrors, mirrorAccess, hasMirror);
  console.log(`starting the local cloud on ${dataDir}`);
  // The cloud and its clients take longer to load than all that was needed to come here.
  const { trainAndServe } = await import('./train-and-serve.ts');
  return trainAndServe(
    { dataDir, ports, settings, concurrency, hasMirror, mirrors, mirrorAccess },
    options.serve === true ? undefined : input,
    options.exit !== true,
  );
}

/** @throws UsageError for what is no NAME=VALUE; names and values are the app's own matter */
function parseSettings(given: readonly string[] = []): Settings {
  const pairs = given.map((text) => {
    const [name = '', value] = text.split(/=(.*)/s, 2);
    if (name === '' || value === undefined) throw new UsageError(`-c ${text}: expected NAME=VALUE`);
    return [name, value] as const;
  });
  return { ...LOCAL_SETTINGS, ...Object.fromEntries(pairs) };
}

function parseSource(source: string): boolean {
  if (source !== 'mirror' && source !== 'internet') {
    throw new UsageError(`--source ${source}: expected mirror or internet`);
  }
  return source === 'mirror';
}

/** The operator's parameters, as the function that downloads reads them. @throws UsageError naming the option */
function checkMirrors(mirrors = '', access: string | undefined, useMirror: boolean): void {
  if (access === 'public' && useMirror) {
    throw new UsageError(
      '--mirror-access public: the mirror on this machine is http; expected --source internet, too',
    );
  }
  const known = orUsageError(() => parseMirrorAccess(access ?? 'public'), '--mirror-access');
  orUsageError(() => parseMirrors(mirrors, known), '--dataset-mirrors');
}

runInputCommand(HELP, OPTIONS, run);
