import type { AttestationRecord } from '../../db/attestations.ts';
import type { MaterialRecord } from '../../db/judgements.ts';
import { may, type Principal, seesPipeline } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { notFound, problem } from '../problem.ts';

/** The attestation, when the caller may read it: by role and scope, or because he sent it. Else as if there were none. */
export async function readableAttestation({ db }: ApiDeps, c: ApiContext, id: string): Promise<AttestationRecord> {
  const principal = c.get('principal');
  const record = await db.attestations.get(id);
  const readable =
    record &&
    seesPipeline(principal, record.project, record.pipeline) &&
    (may(principal, 'read') ||
      record.receivedBy === principal.id ||
      (await db.sent.has(principal.id, { attestation: id })));
  if (!readable) throw notFound('attestation', id);
  return record;
}

/**
 * Refuses the bytes of a material to who may only submit, unless he sent them too: he knows their digest from the
 * statement, and others may have sent what it stands for. What stands inside the statement came with it.
 */
export async function assertReadableBytes(
  { db }: ApiDeps,
  c: ApiContext,
  { project }: AttestationRecord,
  { name, bytes, sha256 }: MaterialRecord,
): Promise<void> {
  const principal = c.get('principal');
  if (bytes === 'inline' || may(principal, 'read') || (await db.sent.has(principal.id, { project, sha256 }))) return;
  throw problem(
    403,
    'bytes.not-yours',
    `expected the token that sent the bytes of ${JSON.stringify(name)}, or one that may read; this one sent the attestation only`,
  );
}

/** Whose sending must be remembered: a token that reads only what it sent. */
export const senderOf = (principal: Principal): string | undefined =>
  may(principal, 'read') ? undefined : principal.id;
