/** How the stand-in behaves. All of it can be changed while it runs. */
export type Settings = {
  /** Version it claims; 4.x and 5.x answer differently. */
  version: string;
  apiKey: string;
  team: string;
  /** Permissions of the key's team. */
  permissions: string[];
  /** The key's team was deleted: the key is known, its team is not. */
  isTeamDeleted: boolean;
  /** Time until an import is to be seen, and once more until its token is done. */
  importMs: number;
  /** Time a project's creation takes; who creates the same one meanwhile gets a 409. */
  createMs: number;
  /** `reset`: closes every connection; `unavailable`: 503 of a proxy; `database`: as the real one without its database. */
  mode: 'up' | 'reset' | 'unavailable' | 'database';
  /** Off: bad SBOMs are accepted and die later. */
  isValidating: boolean;
  /** Accepted SBOMs are never imported. */
  doImportsFail: boolean;
  /** Names of projects that portfolio access control forbids. */
  forbidden: string[];
  /** Names of projects that only collect others. */
  collections: string[];
};

export const DEFAULT_SETTINGS: Settings = {
  version: '5.0.4',
  apiKey: 'odt_stand-in-0123456789abcdef',
  team: 'Automation',
  permissions: ['BOM_UPLOAD', 'VIEW_PORTFOLIO', 'PROJECT_CREATION_UPLOAD'],
  isTeamDeleted: false,
  importMs: 300,
  createMs: 5,
  mode: 'up',
  isValidating: true,
  doImportsFail: false,
  forbidden: [],
  collections: [],
};

export const isVersion4 = (settings: Settings): boolean => settings.version.startsWith('4.');
export const may = (settings: Settings, ...anyOf: string[]): boolean =>
  anyOf.some((permission) => settings.permissions.includes(permission));
