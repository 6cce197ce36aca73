/** The ports of a local cloud, which are the same at each start. */
import { type Options, wholeNumber } from '../cli/arguments.ts';

export const PORT_OPTIONS = {
  port: { type: 'string', default: '3000' },
  's3-port': { type: 'string' },
  'step-functions-port': { type: 'string' },
} as const;

type Given = Options<typeof PORT_OPTIONS>;

/**
 * S3 and Step Functions come behind the HTTP endpoint, so that one option moves a second cloud out of the way.
 * @throws UsageError naming the option
 */
export function parsePorts(given: Given) {
  const port = (name: keyof Given, text: string): number => wholeNumber(`--${name}`, text, 0, 65_535);
  const httpPort = port('port', given.port);
  const behind = (distance: number): string => String(httpPort === 0 ? 0 : httpPort + distance);
  return {
    httpPort,
    s3Port: port('s3-port', given['s3-port'] ?? behind(1)),
    stepFunctionsPort: port('step-functions-port', given['step-functions-port'] ?? behind(2)),
  };
}
