import { randomBytes, randomUUID } from 'node:crypto';

/** One upload of an SBOM into a project. It is imported when its time has come; nothing runs in the background. */
export type Import = { token: string; importedAt: number; doneAt: number; fails: boolean; components: number };
export type Project = {
  uuid: string;
  name: string;
  version: string | null;
  tags: string[];
  isLatest: boolean;
  parent: string | null;
  imports: Import[];
};

/** The projects of the stand-in, and what is being imported into them. */
export class Portfolio {
  readonly projects: Project[] = [];

  find(name: string, version: string | null): Project | undefined {
    return this.projects.find((project) => project.name === name && project.version === version);
  }

  byUuid(uuid: string): Project | undefined {
    return this.projects.find((project) => project.uuid === uuid);
  }

  create(given: Pick<Project, 'name' | 'version' | 'tags' | 'isLatest' | 'parent'>): Project {
    if (given.isLatest) for (const other of this.projects) if (other.name === given.name) other.isLatest = false;
    const project = { uuid: randomUUID(), imports: [], ...given };
    this.projects.push(project);
    return project;
  }

  /** Imports into one project go one after the other, as in the real server. */
  startImport(
    project: Project,
    given: { version: string; components: number; fails: boolean; importMs: number },
  ): Import {
    const acceptedAt = Date.now();
    const startsAt = Math.max(acceptedAt, ...project.imports.map((one) => one.doneAt));
    const token = given.version.startsWith('4.') ? randomUUID() : uuid7(acceptedAt);
    const importedAt = startsAt + given.importMs;
    const { fails, components } = given;
    const started = { token, importedAt, doneAt: importedAt + given.importMs, fails, components };
    project.imports.push(started);
    return started;
  }

  isProcessing(token: string): boolean {
    const found = this.projects.flatMap((project) => project.imports).find((one) => one.token === token);
    return found !== undefined && Date.now() < found.doneAt;
  }
}

/** The last import that is to be seen by now. */
export const lastImport = (project: Project): Import | undefined =>
  project.imports.findLast((one) => !one.fails && one.importedAt <= Date.now());

/** A UUIDv7: version 5 of Dependency-Track tells by its tokens when it accepted an upload. */
function uuid7(at: number): string {
  const time = at.toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  const variant = ((Number.parseInt(random.slice(3, 4), 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
