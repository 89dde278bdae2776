import { z } from 'zod';
import { DeliveryError, type HttpAnswer } from '../../define.ts';
import { classifyAnswer, excerpt } from '../classify.ts';
import { multipart, type Part } from '../multipart.ts';
import { below, parseAs } from '../parse.ts';
import type { Options } from './options.ts';
import type { Project } from './project.ts';
import { findTeam, notDependencyTrack, refusedKey, refusedProject, type Server } from './server.ts';

const Uploaded = z.looseObject({ token: z.string().min(1), projectUuid: z.string().optional() });
const ProblemDetails = z.looseObject({ detail: z.string().optional(), errors: z.array(z.string()).optional() });

/** Sends an SBOM. What comes back is accepted, not imported: ask `confirmImport`. */
export async function uploadBom(server: Server, options: Options, project: Project, bom: Buffer) {
  const { contentType, body } = multipart([
    ...partsOf(options, project),
    { name: 'bom', value: bom, filename: 'bom.json', type: 'application/json' },
  ]);
  const answer = await server
    .http({
      url: below(server.base, 'api/v1/bom'),
      method: 'POST',
      headers: { 'x-api-key': server.apiKey.trim(), 'content-type': contentType, accept: 'application/json' },
      body,
    })
    .catch((error: unknown) => explainCutConnection(server, error));
  const error = classifyUpload(answer, server.now());
  if (error) throw error;
  const uploaded = parseAs(Uploaded, answer.text);
  if (!uploaded) throw notDependencyTrack(answer);
  return { token: uploaded.token, projectUuid: uploaded.projectUuid, evidence: answer.evidence };
}

/** A server that refuses the key may close before it has read the body: then ask about the key by itself. */
async function explainCutConnection(server: Server, error: unknown): Promise<never> {
  if (error instanceof DeliveryError && error.code === 'network.failed') {
    const about = await findTeam(server).catch((reason: unknown) => reason);
    if (about instanceof DeliveryError && about.code === 'key.refused') throw about;
  }
  throw error;
}

function partsOf(options: Options, project: Project): Part[] {
  const parts: [string, string | undefined][] =
    'uuid' in project
      ? [['project', project.uuid]]
      : [
          ['projectName', project.name],
          ['projectVersion', project.version],
          ['autoCreate', String(options.autoCreate)],
          ['isLatest', options.isLatest ? 'true' : undefined],
          ['projectTags', options.tags.length > 0 ? options.tags.join(',') : undefined],
          ['parentUUID', options.parentUuid],
          ['parentName', options.parentName],
          ['parentVersion', options.parentVersion],
        ];
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** Every answer seen on real servers. Texts are plain although they are labelled JSON. */
function classifyUpload(answer: HttpAnswer, at: Date): DeliveryError | undefined {
  const { status, evidence, text } = answer;
  const said = (scope: DeliveryError['scope'], code: string, message: string, retryAfterMs?: number) =>
    new DeliveryError(scope, code, message, { evidence, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  const isSilent = text.trim() === '';
  switch (status) {
    case 400:
      return said('delivery', 'bom.refused', `Dependency-Track refuses this SBOM: ${reasonOf(answer)}`);
    case 401:
      if (!/permission to create project/i.test(text)) return refusedKey(answer) ?? classifyAnswer(answer, at);
      return said(
        'destination',
        'permission.missing',
        'the project does not exist and the key may not create it; grant PROJECT_CREATION_UPLOAD to its team, or create the project',
      );
    case 403:
      return refusedProject(answer, 'BOM_UPLOAD');
    case 404:
      if (/parent project/i.test(text))
        return said(
          'delivery',
          'parent.not-found',
          'the parent project does not exist; create it or change the attachment',
        );
      if (/project could not be found/i.test(text))
        return said('delivery', 'project.not-found', 'the project does not exist; create it, or set autoCreate');
      return notDependencyTrack(answer);
    case 405:
    case 415:
      return isSilent ? notDependencyTrack(answer) : classifyAnswer(answer, at);
    case 409:
      return said(
        'retry',
        'project.raced',
        'another upload created the project or one of its tags at this moment',
        1000,
      );
    default:
      return classifyAnswer(answer, at);
  }
}

/** The problem's detail and its first errors; from the scrubbed head only. */
function reasonOf(answer: HttpAnswer): string {
  const problem = parseAs(ProblemDetails, answer.evidence.bodyHead ?? '');
  if (!problem?.detail) return excerpt(answer) || 'it gives no reason';
  const errors = problem.errors?.slice(0, 3).map((error) => error.slice(0, 150)) ?? [];
  return [problem.detail, ...errors].join('; ');
}
