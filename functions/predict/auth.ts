/** Who may call the API, as infra has set it up: for the page, which asks for a token, and for openapi.json. */
import * as z from 'zod';
import { ENV } from '../contract/environment.ts';
import { MANAGE, type Manage } from '../contract/routes.ts';

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('iam') }),
  z.strictObject({
    kind: z.literal('jwt'),
    issuer: z.string(),
    audience: z.array(z.string()).min(1),
    /** Domain of a Cognito user pool, where people sign in by the app client that `audience` names first. */
    login: z.string().optional(),
  }),
]);
export type ApiAuth = z.output<typeof schema>;

/** @throws Error naming the variable when it is none of these */
export function parseAuth(text: string): ApiAuth {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${ENV.auth}: got ${text}, expected who may call the API`, { cause });
  }
}

/** @throws Error naming the variable when it is none of the words */
export function parseManage(text: string): Manage {
  const found = MANAGE.find((word) => word === text);
  if (found === undefined)
    throw new Error(`${ENV.manage}: got ${text}, expected one of ${MANAGE.join(', ')}`);
  return found;
}
