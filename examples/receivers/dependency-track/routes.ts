import { type Answer, empty, forbidden, json, noProject, text } from './answers.ts';
import { lastImport, type Portfolio, type Project } from './portfolio.ts';
import { isVersion4, may, type Settings } from './settings.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What `GET` answers, the key having been checked. */
export function answerGet(settings: Settings, portfolio: Portfolio, url: URL): Answer {
  const [, token] = /^\/api\/v1\/event\/token\/([^/]+)$/.exec(url.pathname) ?? [];
  if (token !== undefined)
    return UUID.test(token)
      ? json(200, { processing: portfolio.isProcessing(token) })
      : json(400, [{ message: 'not a UUID', path: 'uuid', invalidValue: token }]);
  if (url.pathname === '/api/v1/team/self') return answerTeam(settings);
  if (url.pathname === '/api/v1/bom') return empty(405);
  const [, which] = /^\/api\/v1\/project\/([^/]+)$/.exec(url.pathname) ?? [];
  return which === undefined ? empty(404) : answerProject(settings, portfolio, url, which);
}

export const answerVersion = (settings: Settings): Answer =>
  json(200, { version: settings.version, application: 'Dependency-Track', timestamp: '2026-01-01T00:00:00Z' });

function answerTeam(settings: Settings): Answer {
  if (settings.isTeamDeleted) return text(404, 'No Team for the given API key found.');
  return json(200, {
    name: settings.team,
    permissions: settings.permissions.map((name) => ({ name, description: '' })),
  });
}

function answerProject(settings: Settings, portfolio: Portfolio, url: URL, which: string): Answer {
  if (!may(settings, 'VIEW_PORTFOLIO')) return empty(403);
  const name = url.searchParams.get('name') ?? '';
  if (settings.forbidden.includes(name)) return forbidden();
  if (which === 'concise' && !isVersion4(settings)) {
    const version = url.searchParams.get('version');
    const rows = portfolio.projects.filter((one) => one.name === name && (version === null || one.version === version));
    return json(200, rows.map(rowOf));
  }
  const project = which === 'lookup' ? portfolio.find(name, url.searchParams.get('version')) : portfolio.byUuid(which);
  return project ? json(200, { ...rowOf(project), directDependencies: '[]' }) : noProject();
}

const rowOf = (project: Project) => {
  const imported = lastImport(project);
  return {
    uuid: project.uuid,
    name: project.name,
    ...(project.version === null ? {} : { version: project.version }),
    isLatest: project.isLatest,
    tags: project.tags.map((name) => ({ name })),
    ...(imported ? { lastBomImport: imported.importedAt } : {}),
  };
};

/** A plain page for people who follow a link; the real one is the frontend. */
export function answerPage(portfolio: Portfolio, url: URL): Answer | undefined {
  const [, uuid] = /^\/projects\/([^/]+)$/.exec(url.pathname) ?? [];
  if (uuid === undefined && url.pathname !== '/') return undefined;
  const shown = portfolio.projects.filter((project) => uuid === undefined || project.uuid === uuid);
  const lines = shown.map((project) => {
    const imported = lastImport(project);
    const when = imported ? `imported ${new Date(imported.importedAt).toISOString()}` : 'not imported';
    return `${project.name} ${project.version ?? ''}: ${imported?.components ?? 0} components, ${when}`;
  });
  return {
    status: shown.length > 0 || !uuid ? 200 : 404,
    body: `${lines.join('\n')}\n`,
    type: 'text/plain; charset=utf-8',
  };
}
