/** The ids in log lines: those of the invocation at hand, and no other's. */
import type { Context } from 'aws-lambda';
import { expect, it, vi } from 'vitest';
import { logger, logInvocation } from '../../../functions/observe/logging.ts';

const context = (awsRequestId: string) => ({ awsRequestId, functionName: 'train-chunk' }) as Context;

it('carries the request id and the keys of the invocation, without those of the one before', () => {
  const lines: Record<string, unknown>[] = [];
  const log = vi.spyOn(console, 'info').mockImplementation(() => {});
  // The logger has a console of its own.
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  // Tests beside this one silence it.
  logger.setLogLevel('INFO');
  logInvocation(context('first'), { runId: 'a', dataset: 'mnist' });
  logger.info('one');
  logInvocation(context('second'), { runId: 'b' });
  logger.info('two');
  log.mockRestore();
  stdout.mockRestore();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({
    message: 'one',
    function_request_id: 'first',
    runId: 'a',
    dataset: 'mnist',
  });
  expect(lines[1]).toMatchObject({ message: 'two', function_request_id: 'second', runId: 'b' });
  expect(lines[1]).not.toHaveProperty('dataset');
});
