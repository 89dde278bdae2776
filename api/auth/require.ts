import type { MiddlewareHandler } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext, ApiEnv } from '../env.ts';
import { notFound, problem } from '../problem.ts';
import { authenticate } from './authenticate.ts';
import {
  may,
  type Permission,
  type Principal,
  rolesFor,
  seesEverything,
  seesPipeline,
  seesProject,
  seesWholeProject,
} from './principal.ts';

/** Nothing under it is reached without a token that counts. */
export const requireToken =
  (deps: ApiDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const authentication = await authenticate(deps, bearerOf(c));
    if (!authentication.ok) throw unauthorized(authentication.code, authentication.message);
    c.set('principal', authentication.principal);
    return next();
  };

/** The token as it was sent. Throws 401 where there is none. */
export function bearerOf(c: ApiContext): string {
  const header = c.req.header('authorization');
  const token = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (token) return token;
  const found = header ? 'an Authorization header of another form' : 'no Authorization header';
  throw unauthorized('token.missing', `expected the header "Authorization: Bearer wbt_…", found ${found}`);
}

const unauthorized = (code: string, detail: string) =>
  problem(401, code, detail, { headers: { 'www-authenticate': 'Bearer realm="waybill"' } });

/**
 * What a route asks of its caller, for `createRoute`: one of these permissions. `reach: 'all'` = it touches what all
 * projects share, so a token with a scope is refused. What else a route checks, it checks by the row.
 */
export const requires = (permissions: Permission | readonly Permission[], reach: 'scoped' | 'all' = 'scoped') => {
  const admitted = [permissions].flat();
  const guard: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const principal = c.get('principal');
    if (!admitted.some((permission) => may(principal, permission))) throw wrongRole(principal, admitted);
    if (reach === 'all') assertSeesEverything(principal);
    return next();
  };
  return { security: admitted.map((permission) => ({ token: [permission] })), middleware: [guard] };
};

export function assertMay(principal: Principal, permission: Permission): void {
  if (!may(principal, permission)) throw wrongRole(principal, [permission]);
}

function wrongRole({ role }: Principal, admitted: readonly Permission[]) {
  const expected = [...new Set(admitted.flatMap(rolesFor))].join(' or ');
  return problem(403, 'role.insufficient', `expected a token of role ${expected}, got one of role ${role}`, {
    more: { expected, found: role },
  });
}

function assertSeesEverything(principal: Principal): void {
  if (seesEverything(principal)) return;
  const found = principal.scope.join(' ');
  throw problem(
    403,
    'scope.insufficient',
    `expected a token without a scope, because this is shared by all projects; got one for ${found}`,
    {
      more: { expected: 'no scope', found },
    },
  );
}

export function assertPipelineInScope(principal: Principal, project: string, pipeline: string): void {
  if (!seesPipeline(principal, project, pipeline)) throw outOfScope(principal, `${project}/${pipeline}`);
}

export function assertProjectInScope(principal: Principal, project: string): void {
  if (!seesProject(principal, project)) throw outOfScope(principal, `project ${project}`);
}

/** For what belongs to a project and to none of its pipelines. */
export function assertWholeProjectInScope(principal: Principal, project: string): void {
  if (!seesWholeProject(principal, project)) throw outOfScope(principal, `all of project ${project}, ${project}/*`);
}

const outOfScope = (principal: Principal, wanted: string) =>
  problem(403, 'scope.insufficient', `expected a token for ${wanted}, got one for ${principal.scope.join(' ')}`, {
    more: { expected: wanted, found: principal.scope.join(' ') },
  });

/** The row, or 404 as if it did not exist when it lies outside the caller's scope. */
export function inScope<Row extends { project: string; pipeline: string }>(
  principal: Principal,
  row: Row | undefined,
  what: string,
  id: string,
): Row {
  if (!row || !seesPipeline(principal, row.project, row.pipeline)) throw notFound(what, id);
  return row;
}
