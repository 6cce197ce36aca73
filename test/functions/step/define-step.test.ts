/** What a step's handler does around the work: checks what comes in and goes out, names ids in the log, hands on time. */
import type { Context } from 'aws-lambda';
import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { logger } from '../../../functions/observe/logging.ts';
import { defineStep } from '../../../functions/step/define-step.ts';

const context = { memoryLimitInMB: '512', getRemainingTimeInMillis: () => 7 } as Context;
const handler = defineStep({
  event: z.strictObject({ runId: z.string(), add: z.int() }),
  result: z.strictObject({ sum: z.int().max(1000) }),
  ids: ({ runId }) => ({ runId }),
  services: ({ memoryMb, remainingMs }) => ({ memoryMb, remainingMs }),
  run: ({ add }, { memoryMb, remainingMs }) => ({ sum: memoryMb + remainingMs() + add }),
});

it('gives the work its event, the memory and the time left, and names the ids in the log', async () => {
  const keys = vi.spyOn(logger, 'appendKeys');
  expect(await handler({ runId: 'r', add: 1 }, context)).toEqual({ sum: 520 });
  expect(keys).toHaveBeenCalledExactlyOnceWith({ runId: 'r' });
});

it.each([
  [{ runId: 'r', add: '1' }, 'event.add: got "1", expected number'],
  [{ runId: 'r', add: 1, more: 2 }, 'event: unknown "more", known are runId, add'],
  [{ runId: 'r', add: 1000 }, 'result.sum: got 1519, expected at most 1000'],
])('refuses %j', async (event, message) => {
  await expect(handler(event, context)).rejects.toMatchObject({ name: 'ConfigError', message });
});
