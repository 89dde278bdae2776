import { z } from 'zod';
import type { Confirmation } from '../../define.ts';
import { parseAs } from '../parse.ts';
import { findProject, isProcessing, type Server } from './server.ts';

/** What is remembered between an upload and its confirmation: no secret, a few hundred bytes. */
export const Receipt = z.object({
  v: z.literal(1),
  /** Dependency-Track's own token. */
  token: z.string(),
  sentAt: z.iso.datetime(),
  /** Where the project is found: its uuid as configured, or its name and version. */
  project: z.union([z.object({ uuid: z.string() }), z.object({ name: z.string(), version: z.string().optional() })]),
  projectUuid: z.string().optional(),
  isConcise: z.boolean(),
  /** When the project had its last import before this upload; null for never. */
  importedBefore: z.number().nullable().optional(),
});
export type Receipt = z.output<typeof Receipt>;

export const parseReceipt = (token: string): Receipt | undefined => parseAs(Receipt, token);

/** A token that is forgotten, or whose event is done a moment before the project shows it, is asked again so long. */
const GRACE_MS = 60_000;
const CHECK_AFTER_MS = 1000;

/**
 * Whether an upload was imported: its token is done and the project has an import that is newer than the upload.
 * The token alone says "done" for failed and unknown ones too.
 */
export async function confirmImport(server: Server, receipt: Receipt): Promise<Confirmation & { uuid?: string }> {
  const { processing, answer } = await isProcessing(server, receipt.token);
  const { evidence } = answer;
  if (processing) return { state: 'pending', checkAfterMs: CHECK_AFTER_MS, detail: 'still importing', evidence };
  const found = await findProject(server, receipt.project, { isConcise: receipt.isConcise, uuid: receipt.projectUuid });
  if (found && isNewer(found.lastBomImport, receipt))
    return { state: 'done', externalId: found.uuid, uuid: found.uuid, evidence };
  if (server.now().getTime() - Date.parse(receipt.sentAt) < GRACE_MS)
    return { state: 'pending', checkAfterMs: CHECK_AFTER_MS, detail: 'done, but no import to be seen yet', evidence };
  const reason = found
    ? 'Dependency-Track took the SBOM and finished, but the project has no newer import: it failed inside; see its log for this token, then retry'
    : 'Dependency-Track took the SBOM and finished, but the project is gone; was it deleted?';
  return { state: 'failed', code: found ? 'import.failed' : 'project.gone', reason, evidence };
}

/** By the server's own clock where the token tells it (version 5: UUIDv7), else by a change since before the upload. */
function isNewer(lastBomImport: number | undefined, receipt: Receipt): boolean {
  if (lastBomImport === undefined) return false;
  const acceptedAt = timeOfUuid7(receipt.token);
  if (acceptedAt !== undefined) return lastBomImport >= acceptedAt;
  if (receipt.importedBefore === undefined) return lastBomImport >= Date.parse(receipt.sentAt);
  return lastBomImport !== receipt.importedBefore;
}

/** Milliseconds in the first 48 bits of a UUIDv7. */
export function timeOfUuid7(uuid: string): number | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(uuid);
  return match ? Number.parseInt(`${match[1]}${match[2]}`, 16) : undefined;
}
