import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../attestation/duration.ts';

/** Attempts that are younger than this are what an operator works with. */
const LEAST_KEPT_MS = 3_600_000;
const KeptFor = z.string().transform((text, { addIssue }) => {
  const ms = parseDuration(text) ?? 0;
  if (ms < LEAST_KEPT_MS) addIssue('expected a duration of at least 1h, such as 90d');
  return ms;
});

/** It is logged: no place for a password. */
const Mirror = z.url({ protocol: /^https?$/ }).regex(/^[^@]*$/, 'expected a URL without user and password');

const Env = z.object({
  WAYBILL_DATA_DIR: z.string().optional(),
  WAYBILL_HOST: z.string().default('127.0.0.1'),
  WAYBILL_PORT: z.coerce.number().int().min(0).max(65_535).default(7080),
  WAYBILL_PUBLIC_URL: z.url().optional(),
  WAYBILL_TEMPORAL_UI_URL: z.url().optional(),
  WAYBILL_SECRETS_DIR: z.string().optional(),
  WAYBILL_SEALING_KEY_FILE: z.string().optional(),
  WAYBILL_ADMIN_TOKEN_FILE: z.string().optional(),
  WAYBILL_VERDICT_KEY_FILE: z.string().optional(),
  WAYBILL_TUF: z.enum(['on', 'off']).default('on'),
  WAYBILL_TUF_DIR: z.string().optional(),
  WAYBILL_TUF_SIGSTORE_URL: Mirror.optional(),
  WAYBILL_TUF_GITHUB_URL: Mirror.optional(),
  WAYBILL_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  WAYBILL_WAIT_SECONDS: z.coerce.number().min(1).max(120).default(25),
  WAYBILL_MAX_ENVELOPE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  WAYBILL_MAX_MATERIAL_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(1024 * 1024 * 1024),
  WAYBILL_KEEP_ATTEMPTS: KeptFor.prefault('90d'),
});

/** Where everything of one installation is kept, unless the environment says otherwise. */
export type Config = {
  dataDir: string;
  database: string;
  storeDir: string;
  cacheDir: string;
  adminTokenFile: string;
  sealingKeyFile: string;
  verdictKeyFile: string;
  secretsDir: string | undefined;
  /** How built-in roots are kept fresh; without URLs of one's own, from the publishers' mirrors. */
  tuf: { isOn: boolean; dir: string; urls: { sigstore: string | undefined; github: string | undefined } };
  host: string;
  port: number;
  publicUrl: string | undefined;
  temporalUiUrl: string | undefined;
  logLevel: string;
  waitMs: number;
  limits: { envelopeBytes: number; materialBytes: number };
  /** How long attempts are kept, the last ones aside. */
  keepAttemptsMs: number;
};

/** Reads the configuration from options and environment; options win. Throws an error that names every variable that does not fit. */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  options: { data?: string; host?: string; port?: number } = {},
): Config {
  const parsed = Env.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new Error(`the environment does not fit: ${wrong}`);
  }
  const given = parsed.data;
  const dataDir = resolve(options.data ?? given.WAYBILL_DATA_DIR ?? '.waybill');
  return {
    dataDir,
    database: join(dataDir, 'waybill.db'),
    storeDir: join(dataDir, 'store'),
    cacheDir: join(dataDir, 'cache'),
    adminTokenFile: given.WAYBILL_ADMIN_TOKEN_FILE ?? join(dataDir, 'admin-token'),
    sealingKeyFile: given.WAYBILL_SEALING_KEY_FILE ?? join(dataDir, 'sealing.key'),
    verdictKeyFile: given.WAYBILL_VERDICT_KEY_FILE ?? join(dataDir, 'verdict.key'),
    secretsDir: given.WAYBILL_SECRETS_DIR,
    tuf: {
      isOn: given.WAYBILL_TUF === 'on',
      dir: given.WAYBILL_TUF_DIR ?? join(dataDir, 'tuf'),
      urls: { sigstore: given.WAYBILL_TUF_SIGSTORE_URL, github: given.WAYBILL_TUF_GITHUB_URL },
    },
    host: options.host ?? given.WAYBILL_HOST,
    port: options.port ?? given.WAYBILL_PORT,
    publicUrl: given.WAYBILL_PUBLIC_URL && new URL(given.WAYBILL_PUBLIC_URL).origin,
    temporalUiUrl: given.WAYBILL_TEMPORAL_UI_URL,
    logLevel: given.WAYBILL_LOG_LEVEL,
    waitMs: given.WAYBILL_WAIT_SECONDS * 1000,
    limits: { envelopeBytes: given.WAYBILL_MAX_ENVELOPE_BYTES, materialBytes: given.WAYBILL_MAX_MATERIAL_BYTES },
    keepAttemptsMs: given.WAYBILL_KEEP_ATTEMPTS,
  };
}
