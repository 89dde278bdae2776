import type { TestCheck } from '../../define.ts';
import { attempt, failed, passed, skipped, warned } from '../test-checks.ts';
import type { Options } from './options.ts';
import { findTeam, findVersion, type Server } from './server.ts';

const CREATE = ['PROJECT_CREATION_UPLOAD', 'PORTFOLIO_MANAGEMENT', 'PORTFOLIO_MANAGEMENT_CREATE'];
const CHANGE = ['PORTFOLIO_MANAGEMENT', 'PORTFOLIO_MANAGEMENT_UPDATE'];

/** Reads only: the server's version, the key, and its permissions by name. */
export async function testServer(server: Server, options: Options | undefined): Promise<TestCheck[]> {
  const version = await attempt('server', 'check config.url, the network, and `allow` for private addresses', () =>
    testVersion(server),
  );
  if (version.some((check) => check.outcome === 'fail'))
    return [...version, skipped('api key', 'not asked: the server does not answer')];
  const key = await attempt('api key', "make a key for the team in Dependency-Track's administration", () =>
    testKey(server, options),
  );
  return [...version, ...key];
}

async function testVersion(server: Server): Promise<TestCheck[]> {
  const version = await findVersion(server);
  if (!version)
    return [
      failed(
        'server',
        'expected the version of a Dependency-Track API server, got something else',
        "config.url must be the API server's base URL, not the frontend's",
      ),
    ];
  const isKnown = version.major > 4 || (version.major === 4 && version.minor >= 12);
  return isKnown
    ? [passed('server', `Dependency-Track ${version.text}`)]
    : [warned('server', `Dependency-Track ${version.text} is older than 4.12`, 'upgrade to 4.12 or later')];
}

async function testKey(server: Server, options: Options | undefined): Promise<TestCheck[]> {
  const { name, permissions } = await findTeam(server);
  const has = (any: readonly string[]) => any.some((permission) => permissions.has(permission));
  const need = (permission: string, why: string): TestCheck =>
    has([permission])
      ? passed(permission, why)
      : failed(
          permission,
          `team ${JSON.stringify(name)} lacks ${permission}: ${why}`,
          `grant ${permission} to the team`,
        );
  return [
    passed('api key', `valid; its first team is ${JSON.stringify(name)}, and only that one's permissions can be seen`),
    need('BOM_UPLOAD', 'to upload'),
    need('VIEW_PORTFOLIO', 'to confirm that an upload was imported'),
    testCreate(has(CREATE), options),
    ...(options?.tags.length ? [testTags(has(CHANGE))] : []),
  ];
}

function testCreate(mayCreate: boolean, options: Options | undefined): TestCheck {
  const name = 'PROJECT_CREATION_UPLOAD';
  if (options && (!options.autoCreate || options.projectUuid)) return skipped(name, 'not needed: autoCreate is off');
  if (mayCreate) return passed(name, 'to create missing projects');
  const remedy = 'grant PROJECT_CREATION_UPLOAD to the team, or set autoCreate: false in its attachments';
  return (options ? failed : warned)(name, 'missing projects cannot be created', remedy);
}

const testTags = (mayChange: boolean): TestCheck =>
  mayChange
    ? passed('PORTFOLIO_MANAGEMENT', 'to change tags of existing projects')
    : warned(
        'PORTFOLIO_MANAGEMENT',
        'tags of projects that exist already are ignored silently',
        'grant PORTFOLIO_MANAGEMENT (or PORTFOLIO_MANAGEMENT_UPDATE) to the team',
      );
