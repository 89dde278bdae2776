import { z } from 'zod';
import { type Context, DeliveryError, defineIntegration, secret } from './define.ts';
import { checkBom } from './support/dependency-track/bom.ts';
import { CODES } from './support/dependency-track/codes.ts';
import { confirmImport, parseReceipt, type Receipt } from './support/dependency-track/confirm.ts';
import { Options } from './support/dependency-track/options.ts';
import { orderKey, projectFor } from './support/dependency-track/project.ts';
import { findProject, findVersion, type Server } from './support/dependency-track/server.ts';
import { testServer } from './support/dependency-track/test-server.ts';
import { uploadBom } from './support/dependency-track/upload.ts';
import { below } from './support/parse.ts';

const Config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ description: 'Base URL of the API server, e.g. https://dtrack.example.com.' }),
  frontendUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'Base URL of the frontend, for links.' }),
});
const Secrets = z.strictObject({ apiKey: secret('API key of a team with BOM_UPLOAD and VIEW_PORTFOLIO.') });

type Config = z.output<typeof Config>;
type Ctx = Context<Config, z.output<typeof Secrets>, unknown>;

/** Uploads CycloneDX SBOMs to Dependency-Track 4.12 and later, and confirms that they were imported. */
export const dependencyTrack = defineIntegration({
  id: 'dependency-track',
  title: 'Dependency-Track',
  summary: 'Uploads CycloneDX SBOMs and confirms that each was imported into its project.',
  config: Config,
  secrets: Secrets,
  options: Options,
  takes: ['SBOM_CYCLONEDX_JSON'],
  dedupe: 'natural',
  // A server whose database is down takes 30 s to say so.
  limits: { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024, concurrency: 4 },
  testHasEffects: false,
  codes: CODES,
  orderBy: orderKey,

  test: (context) => testServer(serverOf(context), context.options),

  async deliver(delivery, context) {
    const server = serverOf(context);
    const { options } = context;
    const version = await findVersion(server);
    const bom = await context.bytes();
    const project = projectFor(options, delivery, checkBom(bom, version));
    const isConcise = version !== undefined && version.major >= 5;
    // Version 4's tokens carry no time, so what was there before must be known before.
    const before = isConcise ? undefined : ((await findProject(server, project, { isConcise }))?.lastBomImport ?? null);
    const sentAt = context.now().toISOString();
    const { token, projectUuid, evidence } = await uploadBom(server, options, project, bom);
    const receipt: Receipt = {
      v: 1,
      token,
      sentAt,
      project,
      isConcise,
      ...(projectUuid === undefined ? {} : { projectUuid }),
      ...(before === undefined ? {} : { importedBefore: before }),
    };
    return {
      result: 'accepted',
      token: JSON.stringify(receipt),
      checkAfterMs: 2000,
      evidence,
      ...linkTo(context.config, projectUuid),
    };
  },

  async confirm(token, _delivery, context) {
    const receipt = parseReceipt(token);
    if (!receipt)
      throw new DeliveryError('delivery', 'receipt.invalid', 'expected the receipt of an upload; send it again');
    const { uuid, ...confirmation } = await confirmImport(serverOf(context), receipt);
    return confirmation.state === 'done' ? { ...confirmation, ...linkTo(context.config, uuid) } : confirmation;
  },
});

const serverOf = ({ config, secrets, http, now }: Pick<Ctx, 'config' | 'secrets' | 'http' | 'now'>): Server => ({
  base: config.url,
  apiKey: secrets.apiKey,
  http,
  now,
});

const linkTo = ({ frontendUrl }: Config, uuid: string | undefined): { url?: string } =>
  frontendUrl && uuid ? { url: below(frontendUrl, `projects/${uuid}`).href } : {};
