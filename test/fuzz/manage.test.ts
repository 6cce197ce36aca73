/** The routes that change something: whatever is asked of them is done once, or refused with words. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MANAGING } from '../../functions/contract/routes.ts';
import { errorAnswer } from '../../functions/predict/answer-schemas.ts';
import {
  endTrialAnswer,
  promoteAnswer,
  rollbackAnswer,
  startRunAnswer,
  stopRunAnswer,
} from '../../functions/schemas/manage.ts';
import ODD from '../fixtures/fuzz/odd.json' with { type: 'json' };
import { manageStand } from '../functions/manage/stand.ts';
import { oddValue } from './support/events.ts';
import { expectReadable, fuzz } from './support/fuzz.ts';
import { oddNumber, oddText } from './support/mutate.ts';

const stand = manageStand();
const ALLOWED = [200, 201, 400, 404, 409, 413, 415, 422];
const ANSWERS = {
  'POST /runs': startRunAnswer,
  'POST /runs/{id}/stop': stopRunAnswer,
  'POST /models/{model}/promote': promoteAnswer,
  'POST /models/{model}/rollback': rollbackAnswer,
  'POST /models/{model}/end-trial': endTrialAnswer,
};

const orOdd = (valid: fc.Arbitrary<unknown>) => fc.oneof({ weight: 20, arbitrary: valid }, oddValue);
const share = orOdd(fc.constantFrom(0, 0.5, 1, 1.5));
const version = orOdd(fc.oneof(fc.integer({ min: 1, max: 4 }), oddNumber));
const config = fc.record(
  {
    learningRate: orOdd(fc.constantFrom(0.1, 0.2)),
    hidden: orOdd(fc.constantFrom([5], [])),
    model: orOdd(fc.constantFrom('mnist', 'a.b', '..')),
    more: oddValue,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  {
    weight: 4,
    // Of few names, so that requests meet what others have begun.
    arbitrary: fc.record(
      { config: orOdd(config), name: orOdd(fc.constantFrom('a', 'b', 'a.1', 'mnist.2')) },
      { requiredKeys: ['config'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      { version, trial: orOdd(fc.record({ mode: fc.constantFrom('canary', 'shadow', 'x'), share })) },
      { requiredKeys: ['version'] },
    ),
  },
  fc.record({ from: version }, { requiredKeys: [] }),
  fc.constant({}),
  oddValue,
);
const request = fc.record({
  key: fc.constantFrom(...MANAGING),
  place: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'mnist', 'tried') },
    fc.constantFrom(...ODD.segments),
  ),
  text: fc.oneof({ weight: 9, arbitrary: body.map((value) => JSON.stringify(value) ?? '') }, oddText),
  headers: fc.record(
    {
      'content-type': fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8') },
        fc.constantFrom(...ODD.contentTypes),
      ),
      'idempotency-key': fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b') }, oddText),
    },
    { requiredKeys: ['idempotency-key'] },
  ),
});

it('every route answers whatever it is asked', async () => {
  for (const name of ['a', 'b']) await stand.runs.release(name);
  const inputs = request.map(({ key, place, ...rest }) => {
    const path = key.replace('POST ', '').replace(/\{\w+\}/, place.replaceAll(/[/?#\s]/g, '') || 'a');
    return { key, path, ...rest };
  });
  await fuzz(
    'HTTP that changes something',
    inputs,
    async ({ key, path, text, headers }) => {
      const { status, answer } = await stand.post(path, text, headers);
      if (!ALLOWED.includes(status!)) expect.fail(`status ${status}: ${JSON.stringify(answer)}`);
      if (status! < 300) {
        ANSWERS[key].parse(answer);
        return true;
      }
      expectReadable(errorAnswer.parse(answer).error);
      return status === 404 || status === 409 || status === 422;
    },
    { deep: 0.4 },
  );
});
