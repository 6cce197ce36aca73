/** Whoever asks for predictions as long as a simulation lasts, and what they must be answered. */
import { KEYS } from '../../../functions/contract/keys.ts';
import type { Expected } from './expectation.ts';
import { IMAGE, MODEL } from './tiny-dataset.ts';
import type { World } from './world.ts';

interface Answer {
  statusCode: number;
  body: string;
}

/** Requests after which as many come in twice the time: what happens late happens slowly. */
export const PATIENCE = 10;
/** How long a warm container may serve what it knows before it looks again. */
const KNOWN_FOR_MS = 2_000;

/** One request for a prediction. undefined when Lambda gave no answer. */
export async function requestPrediction(world: World): Promise<Answer | undefined> {
  const { app, functions, scenario } = world;
  const id = `request-${scenario.below(2 ** 31)}`;
  const event = {
    version: '2.0',
    routeKey: 'POST /predict',
    rawPath: '/predict',
    rawQueryString: `model=${MODEL}`,
    queryStringParameters: { model: MODEL },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pixels: IMAGE }),
    isBase64Encoded: false,
    requestContext: { requestId: id, http: { method: 'POST', path: '/predict' } },
  };
  const { payload } = await functions.invoke(app.predict, JSON.stringify(event));
  return payload === undefined ? undefined : (JSON.parse(payload) as Answer);
}

/** Each answer must be a whole, verified version's, and not of one that served long ago. @param every milliseconds between requests */
export async function readPredictions(
  world: World,
  expected: Expected,
  every: readonly [number, number],
  isOver: () => boolean,
): Promise<void> {
  for (let asked = 0; !isOver(); asked++) {
    await world.clock.sleep(world.scenario.spread(...every) * (1 + asked / PATIENCE));
    await checkPrediction(world, expected);
  }
}

/** @returns whether it was answered with a prediction */
export async function checkPrediction(world: World, expected: Expected): Promise<boolean> {
  const { observer, faults, clock, network } = world;
  const wasServed = observer.isServed;
  const since = clock.now - KNOWN_FOR_MS;
  const answer = await requestPrediction(world);
  if (answer === undefined) return false;
  const { statusCode, body } = answer;
  // Nothing was promoted yet; S3 is in trouble.
  if ((statusCode === 404 && !wasServed) || statusCode === 503) return false;
  if (statusCode !== 200) {
    // What is damaged on its way is refused, and nothing can be served instead.
    if (!faults.counts.has('damaged read')) observer.violation(`predict answers ${statusCode}: ${body}`);
    return false;
  }
  const { version, probabilities } = JSON.parse(body) as { version: number; probabilities: number[] };
  const document = observer.versions.get(KEYS.version(MODEL, version));
  if (document === undefined) {
    observer.violation(`predict answers with version ${version}, which never was`);
    return true;
  }
  const wanted = expected.predictions.get(document.checkpoint.sha256);
  if (JSON.stringify(probabilities) !== JSON.stringify(wanted)) {
    observer.violation(`predict answers ${body}, version ${version} says ${JSON.stringify(wanted)}`);
  }
  // Trouble keeps what is in memory on duty.
  if (network.troubleOf('predict') >= since) return true;
  const { versions, isGone } = observer.servedSince(MODEL, since);
  if (!isGone && !versions.includes(version)) {
    observer.violation(
      `predict answers with version ${version}, in the last two seconds ${versions.join(', ')} served`,
    );
  }
  return true;
}
