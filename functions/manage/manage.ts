/** The routes that change something: runs are started and stopped, versions promoted and taken back. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 as Result } from 'aws-lambda';
import type { z } from 'zod';
import { IDEMPOTENCY_HEADER } from '../contract/headers.ts';
import type { ManagingKey } from '../contract/routes.ts';
import { describeSweepRun, stopRun } from '../executions/at-work.ts';
import { failure, json } from '../http/answers.ts';
import { HttpError } from '../http/http-error.ts';
import { checkParameters, fieldsOf, modelInPath, parseRequest, runInPath } from '../http/parse-request.ts';
import { checkEncoding, readJson } from '../http/request-body.ts';
import { endTrial, promote, rollBack, startTrial } from '../models/registry.ts';
import { findLatest } from '../models/versions.ts';
import { logger } from '../observe/logging.ts';
import {
  type EndTrialAnswer,
  emptyRequest,
  idempotencyKey,
  type PromoteAnswer,
  promoteRequest,
  type RollbackAnswer,
  rollbackRequest,
  type StopRunAnswer,
  startRunEnvelope,
} from '../schemas/manage.ts';
import { shorten } from '../schemas/parse.ts';
import { asHttpError } from './as-http-error.ts';
import { type StartServices, startRun } from './start-run.ts';

type Work = (event: APIGatewayProxyEventV2, services: StartServices) => Promise<Result>;

const WORK: Readonly<Record<ManagingKey, Work>> = {
  'POST /runs': async (event, services) => {
    const request = bodyOf(event, startRunEnvelope);
    const { answer, isNew } = await startRun(request, keyOf(event), services);
    logger.info(isNew ? 'run started' : 'run was started before', { ...answer, caller: callerOf(event) });
    return json(isNew ? 201 : 200, answer, { location: `/runs/${answer.id}` });
  },
  'POST /runs/{id}/stop': async (event, services) => {
    const id = runInPath(event.pathParameters?.id ?? '');
    bodyOf(event, emptyRequest);
    const answer = await stop(id, services);
    logger.info('run stopped', { ...answer, caller: callerOf(event) });
    return json(200, answer);
  },
  'POST /models/{model}/promote': async (event, { store }) => {
    const model = modelInPath(event.pathParameters?.model ?? '');
    const { version, trial } = bodyOf(event, promoteRequest);
    let before: number | undefined;
    if (trial === undefined) before = await promote(store, model, version);
    else {
      await startTrial(store, model, { ...trial, version });
      before = (await findLatest(store, model))?.version;
    }
    const answer: PromoteAnswer = { model, version, before: before ?? null, trial: trial ?? null };
    logger.info('version promoted', { ...answer, caller: callerOf(event) });
    return json(200, answer);
  },
  'POST /models/{model}/rollback': async (event, { store }) => {
    const model = modelInPath(event.pathParameters?.model ?? '');
    const request = bodyOf(event, rollbackRequest);
    const { from, to, endedTrial } = await rollBack(store, model, request.from);
    const answer: RollbackAnswer = { model, from, version: to, endedTrial: endedTrial ?? null };
    logger.info('rolled back', { ...answer, caller: callerOf(event) });
    return json(200, answer);
  },
  'POST /models/{model}/end-trial': async (event, { store }) => {
    const model = modelInPath(event.pathParameters?.model ?? '');
    bodyOf(event, emptyRequest);
    const answer: EndTrialAnswer = { model, endedTrial: (await endTrial(store, model)) ?? null };
    logger.info('trial ended', { ...answer, caller: callerOf(event) });
    return json(200, answer);
  },
};

/** Answers every request: one that is wrong, or at odds with what is there, with a 4xx that says why. */
export async function answer(event: APIGatewayProxyEventV2, services: StartServices): Promise<Result> {
  try {
    checkParameters(event, []);
    return await WORK[event.routeKey as ManagingKey](event, services);
  } catch (error) {
    const refusal = asHttpError(error);
    if (refusal === undefined) return failure(event, error);
    const { status, message, field, headers } = refusal;
    return json(status, { error: message, field }, headers);
  }
}

/** @throws HttpError 404 for a run that is not there, 409 for one that has ended or is a sweep's */
async function stop(id: string, services: StartServices): Promise<StopRunAnswer> {
  const found = await stopRun(services, id);
  switch (found.outcome) {
    case 'unknown':
      throw new HttpError(404, 'id', `there is no run ${id}`);
    case 'ended':
      throw new HttpError(409, 'id', `run ${id} has ended: it has ${found.state}`);
    case 'ofSweep':
      throw new HttpError(409, 'id', describeSweepRun(id, found.sweep));
    case 'stopped':
      return { id, stopped: found.names.length > 0 };
  }
}

const JSON_TYPE = 'application/json';

/**
 * The fields of a body, of which there may be none. It has to be declared as JSON: a page of another origin can send that
 * only when its browser has asked whether it may, and what it can send without asking must not change anything.
 *
 * @throws HttpError 415, 413 or 400 for what is no such body, 422 naming a wrong field
 */
function bodyOf<Schema extends z.ZodObject>(event: APIGatewayProxyEventV2, schema: Schema): z.output<Schema> {
  checkEncoding(event);
  const declared = event.headers['content-type'];
  const [type = ''] = (declared ?? '').split(';');
  if (type.trim().toLowerCase() !== JSON_TYPE) {
    throw new HttpError(415, 'content-type', `got ${shorten(declared)}, expected ${JSON_TYPE}`);
  }
  const isEmpty = event.body === undefined || event.body === '';
  const known = Object.keys(schema.shape);
  const form = known.length === 0 ? '{}' : `an object with ${known.join(', ')}`;
  return parseRequest(schema, fieldsOf(isEmpty ? {} : readJson(event), known, form), '');
}

/** @throws HttpError 422 for one that is none */
function keyOf({ headers }: APIGatewayProxyEventV2): string | undefined {
  const key = headers[IDEMPOTENCY_HEADER];
  return key === undefined ? undefined : parseRequest(idempotencyKey, key, IDEMPOTENCY_HEADER);
}

/** Who signed the request or whose token it brings, for the log. */
function callerOf({ requestContext }: APIGatewayProxyEventV2): string | undefined {
  const { authorizer } = requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { sub?: string } } };
  };
  return authorizer?.iam?.userArn ?? authorizer?.jwt?.claims?.sub;
}
