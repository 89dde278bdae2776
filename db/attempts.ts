export type Cause = { scope: 'retry' | 'delivery' | 'destination'; code: string; message: string };

export type AttemptRecord = {
  deliveryId: string;
  n: number;
  phase: 'deliver' | 'confirm';
  startedAt: string;
  finishedAt: string | null;
  outcome: 'delivered' | 'duplicate' | 'accepted' | 'skipped' | 'pending' | 'failed' | 'unknown' | null;
  scope: Cause['scope'] | null;
  code: string | null;
  message: string | null;
  status: number | null;
  latencyMs: number | null;
  bodyHead: string | null;
  probe: boolean;
};

type EvidenceColumns = { status?: number | undefined; latencyMs?: number | undefined; bodyHead?: string | undefined };

export type AttemptResult = { evidence: EvidenceColumns } & (
  | { outcome: 'delivered' | 'duplicate'; externalId?: string | undefined; url?: string | undefined }
  | { outcome: 'accepted'; token: string; url?: string | undefined; nextAttemptAt: string }
  | { outcome: 'pending'; nextAttemptAt: string; message?: string | undefined }
  | { outcome: 'skipped'; message: string }
  | ({ outcome: 'failed'; nextAttemptAt: string | null } & Cause)
);
