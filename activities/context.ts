import type { DeliveryWork } from '../db/deliveries.ts';
import type { DestinationRecord } from '../db/destinations.ts';
import { BlobMissingError, TooLargeError } from '../store/store.ts';
import type { Deps } from './deps.ts';
import { type Context, DeliveryError, type Integration } from './integrations/define.ts';
import { createHttp } from './integrations/support/http.ts';
import { LONGEST_TIMEOUT_MS, limitsInEffect } from './integrations/support/limits.ts';
import { createScrub, type Scrub } from './integrations/support/scrub.ts';

/** What one call into an integration is given, and what must be done with it afterwards. */
export type OpenedContext = {
  context: Context<unknown, unknown, unknown>;
  /** Takes every known secret of the destination out of a text. */
  scrub: Scrub;
  close(): void;
};

/** How long one call to the receiver may take. */
export const timeoutOf = (destination: Pick<DestinationRecord, 'spec'>, integration: Integration): number =>
  limitsInEffect(destination.spec, integration).timeoutMs;

/**
 * Opens secrets, validates settings, and hands out the one road that leads outside.
 * Throws `DeliveryError` of scope destination when secrets or settings do not fit the integration.
 */
export async function createContext(
  deps: Pick<Deps, 'openSecrets' | 'store' | 'clock' | 'publicUrl'>,
  call: {
    work: Pick<DeliveryWork, 'destination'> & Partial<DeliveryWork>;
    integration: Integration;
    signal: AbortSignal;
    /** For one call, where that is less than the destination's own timeout. */
    longestCallMs?: number;
  },
): Promise<OpenedContext> {
  const { work, integration, signal, longestCallMs = LONGEST_TIMEOUT_MS } = call;
  const { destination } = work;
  const plain = await deps.openSecrets(destination);
  const values = Object.values(plain);
  const http = createHttp({
    allow: destination.spec.allow,
    secrets: values,
    signal,
    timeoutMs: Math.min(timeoutOf(destination, integration), longestCallMs),
    ...(destination.spec.tlsCa === undefined ? {} : { ca: destination.spec.tlsCa }),
  });
  const settings = (what: string, schema: Integration['config'], value: unknown): unknown => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const paths = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code).join(', ');
    throw new DeliveryError(
      'destination',
      'settings.invalid',
      `${what} of ${destination.name} do not fit ${integration.id}: ${paths}`,
    );
  };
  const context: Context<unknown, unknown, unknown> = {
    config: settings('settings', integration.config, destination.spec.config),
    secrets: settings('secrets', integration.secrets, plain),
    options: work.attachment ? settings('options', integration.options, work.attachment.spec.options) : undefined,
    http,
    signal,
    bytes: () => readMaterial(deps.store, work, limitsInEffect(destination.spec, integration).maxBytes),
    now: deps.clock,
    links: {
      attestation: work.attestation
        ? new URL(`/attestations/${work.attestation.id}`, deps.publicUrl).href
        : deps.publicUrl,
    },
  };
  return { context, scrub: createScrub(values), close: () => void http.close().catch(() => {}) };
}

async function readMaterial(store: Deps['store'], work: Partial<DeliveryWork>, maxBytes: number): Promise<Buffer> {
  const sha256 = work.delivery?.materialSha256;
  if (!sha256)
    throw new DeliveryError('delivery', 'material.none', 'this delivery is about a whole attestation, it has no bytes');
  try {
    return await store.read(sha256, maxBytes);
  } catch (error) {
    if (error instanceof TooLargeError) {
      throw new DeliveryError(
        'delivery',
        'material.too-large',
        `the material is larger than the destination's limit of ${maxBytes} bytes`,
      );
    }
    if (error instanceof BlobMissingError) {
      throw new DeliveryError(
        'retry',
        'store.missing',
        `the store has no bytes for sha256:${sha256}; restore them from a backup`,
      );
    }
    throw new DeliveryError('retry', 'store.failed', 'the store could not be read', { cause: error });
  }
}
