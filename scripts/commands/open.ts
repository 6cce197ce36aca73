/** `npm run open`: the page of an app whose endpoint takes signed requests, on this machine. */
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { type Options, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { explainAws } from '../client/aws-trouble.ts';
import { startForwarding, takesSignatures } from '../client/forward.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';

const HELP = `npm run open -- [options]
  --stack NAME    the app in the cloud: the name it was deployed under (default: the running local cloud). AWS_PROFILE
                  and AWS_REGION say whose credentials sign, and where
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --port N        port of the page on this machine (default 3003); 0 picks a free one`;

const OPTIONS = { ...TARGET_OPTIONS, port: { type: 'string', default: '3003' } } as const;

async function open(options: Options<typeof OPTIONS>, words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError(`got ${words[0]}, expected options alone`);
  const port = wholeNumber('--port', options.port, 0, 65_535);
  const { client, output } = await findTarget(options, 'serving');
  const endpoint = output(OUTPUTS.endpoint);
  const { region, credentials } = client.config;
  const upstream = {
    endpoint,
    signer: { region: await region(), credentials },
    explain: (error: Error) => explainAws(error, client, `${options.stack}-serving`),
  };
  const isSigned = await takesSignatures(upstream);
  const { address, close } = await startForwarding(upstream, port);
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0));
  });
  const { accessKeyId } = await credentials();
  console.log(
    `the page is on http://${address} until Ctrl-C\n` +
      (isSigned
        ? `what it asks goes to ${endpoint}, signed with access key ${accessKeyId}`
        : `what it asks goes to ${endpoint}, which takes tokens: the page asks for one`),
  );
  const code = await interrupted;
  await close();
  return code;
}

runCommand(HELP, OPTIONS, open);
