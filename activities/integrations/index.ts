import type { Integration } from './define.ts';
import { dependencyTrack } from './dependency-track.ts';
import { type CatalogueEntry, toCatalogueEntry } from './support/catalogue.ts';
import { webhook } from './webhook.ts';

/** Every kind of receiver, by id. A list to read, not a folder to scan: what is not here does not exist. */
export const integrations: Readonly<Record<string, Integration>> = Object.fromEntries(
  [dependencyTrack, webhook].map((integration) => [integration.id, integration]),
);

/** The integrations as data, each with the JSON Schemas of its settings, for `GET /v1/integrations`. */
export const catalogue = (): CatalogueEntry[] => Object.values(integrations).map(toCatalogueEntry);

export {
  type CatalogueEntry,
  checkAttachmentOptions,
  checkDestinationSettings,
  type SettingProblem,
} from './support/catalogue.ts';
