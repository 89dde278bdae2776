import { matchesGlob } from '../../attestation/glob.ts';
import type { TokenRole } from '../../attestation/resources.ts';
import type { TokenRecord } from '../../db/tokens.ts';
import type { Actor } from '../../db/verbs.ts';

/** Who asks, and what he may. `scope` are globs over `project/pipeline`; empty = everything. */
export type Principal = Actor & { role: TokenRole; scope: readonly string[] };

/** What a route asks for. `send` is not part of `read`: a dashboard's token cannot post, a build's cannot look around. */
export type Permission = 'send' | 'read' | 'operate' | 'administer';

const ROLES: Record<Permission, readonly TokenRole[]> = {
  send: ['submit', 'operate', 'admin'],
  read: ['read', 'operate', 'admin'],
  operate: ['operate', 'admin'],
  administer: ['admin'],
};

export const rolesFor = (permission: Permission): readonly TokenRole[] => ROLES[permission];
export const may = (principal: Principal, permission: Permission): boolean =>
  ROLES[permission].includes(principal.role);

export const principalOf = ({ id, name, role, scope }: TokenRecord): Principal => ({ id, name, role, scope });
/** As the audit remembers him. */
export const actorOf = ({ id, name }: Principal): Actor => ({ id, name });

export const seesEverything = (principal: Principal): boolean => principal.scope.length === 0;
/** The filter that every list of attestations and deliveries carries. */
export const visibleTo = (principal: Principal): string[] | undefined =>
  seesEverything(principal) ? undefined : [...principal.scope];

export const seesPipeline = (principal: Principal, project: string, pipeline: string): boolean =>
  seesEverything(principal) || principal.scope.some((glob) => matchesGlob(glob, `${project}/${pipeline}`));

/** True when some pipeline of the project could be in scope: what bytes sent to a project ask for. */
export const seesProject = (principal: Principal, project: string): boolean =>
  seesEverything(principal) || principal.scope.some((glob) => matchesGlob(glob.split('/')[0] ?? '', project));

/** True when every pipeline of the project is in scope, those too that do not exist yet: what reading its bytes asks for. */
export const seesWholeProject = (principal: Principal, project: string): boolean =>
  seesEverything(principal) ||
  principal.scope.some((glob) => {
    const [ofProject = '', ofPipeline = ''] = glob.split('/');
    return /^\*+$/.test(ofPipeline) && matchesGlob(ofProject, project);
  });
