import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { type Answer, empty, forbidden, json, noProject, text, uncaught } from './answers.ts';
import { checkBom } from './check-bom.ts';
import type { Portfolio, Project } from './portfolio.ts';
import { isVersion4, may, type Settings } from './settings.ts';

/** One upload as it arrived, and what came of it. */
export type LedgerEntry = {
  at: string;
  status: number;
  project?: string;
  version?: string | null;
  projectUuid?: string;
  token?: string;
  sha256?: string;
  components?: number;
  fields: Record<string, string>;
  /** The same bytes were accepted into the same project before. */
  isRepeat: boolean;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
type Found = { project: Project } | { answer: Answer };

/** `POST /api/v1/bom`, answer for answer as seen on a real server. */
export class Uploads {
  readonly ledger: LedgerEntry[] = [];
  private readonly creating = new Set<string>();
  private readonly portfolio: Portfolio;
  constructor(portfolio: Portfolio) {
    this.portfolio = portfolio;
  }

  async take(settings: Settings, contentType: string, body: Buffer): Promise<Answer> {
    const entry: LedgerEntry = { at: new Date().toISOString(), status: 0, fields: {}, isRepeat: false };
    const answer = await this.answer(settings, contentType, body, entry);
    entry.status = answer.status;
    this.ledger.push(entry);
    return answer;
  }

  private async answer(settings: Settings, contentType: string, body: Buffer, entry: LedgerEntry): Promise<Answer> {
    if (!contentType.startsWith('multipart/form-data')) return empty(415);
    const form = await parseForm(contentType, body);
    if (!form) return empty(400);
    const { fields, bom } = form;
    entry.fields = fields;
    if (!bom) return text(400, 'No BOM file provided.');
    entry.sha256 = createHash('sha256').update(bom).digest('hex');
    const found = await this.projectFor(settings, fields);
    if ('answer' in found) return found.answer;
    const { project } = found;
    Object.assign(entry, { project: project.name, version: project.version, projectUuid: project.uuid });
    if (settings.collections.includes(project.name))
      return text(400, 'BOM cannot be uploaded to a collection project.');
    const verdict = checkBom(bom, settings.version);
    if (!verdict.ok && settings.isValidating) return verdict.answer;
    const components = verdict.ok ? verdict.components : 0;
    const fails = settings.doImportsFail || !verdict.ok;
    const { version, importMs } = settings;
    const { token } = this.portfolio.startImport(project, { version, components, fails, importMs });
    entry.isRepeat = this.ledger.some((e) => e.token && e.projectUuid === project.uuid && e.sha256 === entry.sha256);
    Object.assign(entry, { token, components });
    return json(200, isVersion4(settings) ? { token } : { token, projectUuid: project.uuid });
  }

  private async projectFor(settings: Settings, fields: Record<string, string>): Promise<Found> {
    if (fields.project !== undefined) return this.byUuid(settings, fields.project);
    const name = (fields.projectName ?? '').trim();
    const version = (fields.projectVersion ?? '').trim() || null;
    if (name === '' || name.length > 255 || (version?.length ?? 0) > 255) return { answer: uncaught() };
    const project = this.portfolio.find(name, version);
    if (settings.forbidden.includes(name)) return { answer: forbidden() };
    if (!project) return this.create(settings, fields, name, version);
    if (fields.projectTags !== undefined && may(settings, 'PORTFOLIO_MANAGEMENT', 'PORTFOLIO_MANAGEMENT_UPDATE'))
      project.tags = tagsOf(fields);
    return { project };
  }

  private byUuid(settings: Settings, uuid: string): Found {
    if (!UUID.test(uuid)) return { answer: uncaught() };
    const project = this.portfolio.byUuid(uuid);
    if (!project) return { answer: noProject() };
    return settings.forbidden.includes(project.name) ? { answer: forbidden() } : { project };
  }

  private async create(
    settings: Settings,
    fields: Record<string, string>,
    name: string,
    version: string | null,
  ): Promise<Found> {
    if (!/^[Tt]rue$/.test(fields.autoCreate ?? '')) return { answer: noProject() };
    if (!may(settings, 'PROJECT_CREATION_UPLOAD', 'PORTFOLIO_MANAGEMENT', 'PORTFOLIO_MANAGEMENT_CREATE'))
      return { answer: text(401, 'The principal does not have permission to create project.') };
    const parent = this.parentOf(fields);
    if (typeof parent === 'object' && parent !== null) return parent;
    const isLatest = fields.isLatest === 'true';
    const race = isLatest ? name : JSON.stringify([name, version]);
    if (this.creating.has(race))
      return { answer: text(409, 'A project with the specified name and version already exists.') };
    this.creating.add(race);
    await after(settings.createMs);
    this.creating.delete(race);
    return { project: this.portfolio.create({ name, version, tags: tagsOf(fields), isLatest, parent }) };
  }

  private parentOf(fields: Record<string, string>): string | null | { answer: Answer } {
    const { parentUUID, parentName, parentVersion } = fields;
    if (parentUUID === undefined && parentName === undefined) return null;
    if (parentUUID !== undefined && !UUID.test(parentUUID)) return { answer: uncaught() };
    const parent =
      parentUUID === undefined
        ? this.portfolio.find(parentName ?? '', parentVersion ?? null)
        : this.portfolio.byUuid(parentUUID);
    return parent?.uuid ?? { answer: text(404, 'The parent project could not be found.') };
  }
}

async function parseForm(contentType: string, body: Buffer) {
  const request = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  const form = await request.formData().catch(() => undefined);
  if (!form) return undefined;
  const fields: Record<string, string> = {};
  for (const [name, value] of form) if (typeof value === 'string' && name !== 'bom') fields[name] = value;
  const bom = form.get('bom');
  if (bom === null) return { fields };
  return { fields, bom: typeof bom === 'string' ? Buffer.from(bom) : Buffer.from(await bom.arrayBuffer()) };
}

const tagsOf = (fields: Record<string, string>): string[] =>
  (fields.projectTags ?? '')
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== '');
