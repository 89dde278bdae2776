import { z } from 'zod';
import { DeliveryError, type Http, type HttpAnswer } from '../../define.ts';
import { classifyAnswer } from '../classify.ts';
import { below, parseAs } from '../parse.ts';
import type { ServerVersion } from './bom.ts';
import type { Project } from './project.ts';

export type Server = { base: string; apiKey: string; http: Http; now(): Date };

const About = z.looseObject({ application: z.string().optional(), version: z.string() });
const ProjectRow = z.looseObject({
  uuid: z.string(),
  name: z.string().optional(),
  version: z.string().nullish(),
  lastBomImport: z.union([z.number(), z.string()]).nullish(),
});
const Team = z.looseObject({ name: z.string().optional(), permissions: z.array(z.looseObject({ name: z.string() })) });
const Progress = z.looseObject({ processing: z.boolean() });
/** Full project answers list every dependency: 9.2 MB for 40 000 components. */
const PROJECT_BYTES = 64 * 1024 * 1024;

const get = (
  server: Server,
  path: string,
  query: Record<string, string | undefined> = {},
  maxBytes?: number,
): Promise<HttpAnswer> =>
  server.http({
    url: below(server.base, path, query),
    headers: { 'x-api-key': server.apiKey.trim(), accept: 'application/json' },
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });

/** Version of the server; undefined where something else answered. Needs no key, and is sent none. */
export async function findVersion(server: Server): Promise<ServerVersion> {
  const answer = await server.http({ url: below(server.base, 'api/version'), headers: { accept: 'application/json' } });
  if (answer.status >= 500 || answer.status === 429) throw classifyAnswer(answer, server.now());
  const about = answer.status === 200 ? parseAs(About, answer.text) : undefined;
  const numbers = /^v?(\d+)\.(\d+)/.exec(about?.version ?? '');
  return numbers && about ? { major: Number(numbers[1]), minor: Number(numbers[2]), text: about.version } : undefined;
}

/** The team behind the key: its permissions by name. Only the first team of a key is told. */
export async function findTeam(server: Server): Promise<{ name: string; permissions: Set<string> }> {
  const answer = await get(server, 'api/v1/team/self');
  const error = refusedKey(answer) ?? (answer.status === 404 ? teamGone(answer) : classifyAnswer(answer, server.now()));
  if (error) throw error;
  const team = parseAs(Team, answer.text);
  if (!team) throw notDependencyTrack(answer);
  return { name: team.name ?? 'unnamed', permissions: new Set(team.permissions.map((permission) => permission.name)) };
}

/** Whether the import behind an upload's token still runs. False means done, failed, or never heard of. */
export async function isProcessing(
  server: Server,
  token: string,
): Promise<{ processing: boolean; answer: HttpAnswer }> {
  const answer = await get(server, `api/v1/event/token/${encodeURIComponent(token)}`);
  const error = refusedKey(answer) ?? classifyAnswer(answer, server.now());
  if (error) throw error;
  const progress = parseAs(Progress, answer.text);
  if (!progress) throw notDependencyTrack(answer);
  return { processing: progress.processing, answer };
}

/** A project's uuid and when an SBOM was last imported into it (ms); undefined where there is no such project. */
export async function findProject(
  server: Server,
  project: Project,
  { isConcise, uuid }: { isConcise: boolean; uuid?: string | undefined },
): Promise<{ uuid: string; lastBomImport: number | undefined } | undefined> {
  const answer = await askForProject(server, project, isConcise);
  if (answer.status === 404) return undefined;
  const error = refusedKey(answer) ?? refusedProject(answer, 'VIEW_PORTFOLIO') ?? classifyAnswer(answer, server.now());
  if (error) throw error;
  const rows = parseAs(z.union([z.array(ProjectRow), ProjectRow]), answer.text);
  if (!rows) throw notDependencyTrack(answer);
  const found = [rows].flat().find((row) => isSame(row, project, uuid));
  return found && { uuid: found.uuid, lastBomImport: toMs(found.lastBomImport) };
}

function askForProject(server: Server, project: Project, isConcise: boolean): Promise<HttpAnswer> {
  if ('uuid' in project) return get(server, `api/v1/project/${encodeURIComponent(project.uuid)}`, {}, PROJECT_BYTES);
  // `version=` would ask for an empty version; a project without one is found by leaving it out.
  const query = { name: project.name, version: project.version };
  return isConcise
    ? get(server, 'api/v1/project/concise', query)
    : get(server, 'api/v1/project/lookup', query, PROJECT_BYTES);
}

function isSame(row: z.output<typeof ProjectRow>, project: Project, uuid: string | undefined): boolean {
  if (uuid !== undefined) return row.uuid === uuid;
  if ('uuid' in project) return row.uuid === project.uuid;
  return (row.name ?? project.name) === project.name && (row.version || undefined) === project.version;
}

function toMs(value: number | string | null | undefined): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : value;
  return ms === null || ms === undefined || Number.isNaN(ms) ? undefined : ms;
}

/** 401 without a text: the key itself. With one, it is about a permission and the caller reads it. */
export function refusedKey(answer: HttpAnswer): DeliveryError | undefined {
  if (answer.status !== 401 || answer.text.trim() !== '') return undefined;
  const message = 'Dependency-Track does not know this API key; put a valid one of the team into secrets.apiKey';
  return new DeliveryError('destination', 'key.refused', message, { evidence: answer.evidence });
}

/** 403: without a text a permission is missing; with one, the portfolio's access control forbids this project. */
export function refusedProject(answer: HttpAnswer, permission: string): DeliveryError | undefined {
  if (answer.status !== 403) return undefined;
  const { evidence } = answer;
  return answer.text.trim() === ''
    ? new DeliveryError('destination', 'permission.missing', `the key lacks ${permission}; grant it to its team`, {
        evidence,
      })
    : new DeliveryError(
        'delivery',
        'project.forbidden',
        "the key's team has no access to this project (portfolio access control); add it to the project",
        { evidence },
      );
}

export const notDependencyTrack = (answer: HttpAnswer): DeliveryError =>
  new DeliveryError(
    'destination',
    'url.wrong',
    `expected the API of Dependency-Track, got another answer (${answer.status}); config.url must be the API server's base URL, not the frontend's`,
    { evidence: answer.evidence },
  );

const teamGone = (answer: HttpAnswer): DeliveryError =>
  new DeliveryError('destination', 'key.refused', 'the team of this API key was deleted; make a key for another team', {
    evidence: answer.evidence,
  });
