/** An HTTP API that everybody may call, as a gateway serves it. */
import type { Route } from '../../../../scripts/cloud/http/api.ts';
import { Authorizers } from '../../../../scripts/cloud/http/authorizers.ts';
import type { Gateway } from '../../../../scripts/cloud/http/gateway.ts';
import { Identities } from '../../../../scripts/cloud/iam/identities.ts';
import { Roles } from '../../../../scripts/cloud/iam/roles.ts';
import type { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';

type Serving = Parameters<Gateway['serve']>[0];

/** @param functionArn of the function that all routes lead to */
export function openApi(keys: readonly string[], functionArn: string, functions: FunctionHost): Serving {
  const routes = keys.map((key): Route => ({ key, functionArn, authorizer: { kind: 'NONE' } }));
  const api = { id: 'shop', cors: undefined, routes };
  return { api, authorizers: new Authorizers(api, new Identities(new Roles())), functions };
}
