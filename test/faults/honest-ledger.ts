import type { AttemptRow, DeliveryRow, Ledger, Received } from './ledger.ts';

const second = (at: number): string => new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString();

const delivery = (id: string, given: Partial<DeliveryRow> & Pick<DeliveryRow, 'attestationId'>): DeliveryRow => ({
  id,
  receivedSeq: 1,
  attachment: 'to-hook',
  destination: 'hook',
  materialSha256: null,
  idempotencyKey: `key of ${id}`,
  state: 'delivered',
  attempts: 1,
  causeCode: null,
  orderKey: null,
  supersededBy: null,
  createdAt: second(1),
  finishedAt: second(9),
  ...given,
});
const attempt = (deliveryId: string, n: number, at: number, more: Partial<AttemptRow> = {}): AttemptRow => ({
  deliveryId,
  n,
  phase: 'deliver',
  startedAt: second(at),
  finishedAt: second(at + 1),
  outcome: 'delivered',
  code: null,
  ...more,
});
const toHook = (attestationId: string, of: string, at: number, outcome: Received['outcome'] = 'effect'): Received => ({
  receiver: 'hook',
  at: second(at),
  key: `key of ${of}`,
  about: { attestationId },
  outcome,
});
const toTrack = (sha256: string, at: number): Received => ({
  receiver: 'dtrack',
  at: second(at),
  key: sha256,
  about: { sha256 },
  outcome: 'effect',
});
const sent = (n: number, pipeline: string, status: number, id: string, isForged = false): Ledger['sent'][number] => ({
  n,
  pipeline,
  isForged,
  firstAt: second(0),
  answers: [
    { status: 503, id, at: second(1) },
    { status, id, at: second(2) },
  ],
  lostConnections: 1,
});

/**
 * A run in which every promise was kept: `att_a` delivered at the second try after a lost reply, `att_b` and `att_c`
 * in order at an ordered receiver, `att_d` superseded by nothing but what is newer, `att_f` forged and rejected.
 */
export const honestLedger = (): Ledger => ({
  receivers: { hook: { dedupe: 'key' }, dtrack: { dedupe: 'digest' }, chat: { dedupe: 'none' } },
  attachments: [
    { name: 'to-hook', pipelines: ['docs'] },
    { name: 'latest-sboms', pipelines: ['app'] },
  ],
  sent: [
    sent(0, 'docs', 200, 'att_a'),
    sent(1, 'app', 200, 'att_b'),
    sent(2, 'app', 200, 'att_c'),
    sent(3, 'app', 200, 'att_d'),
    sent(4, 'docs', 422, 'att_f', true),
  ],
  attestations: [
    { id: 'att_a', pipeline: 'docs', verdict: 'accepted' },
    { id: 'att_b', pipeline: 'app', verdict: 'accepted' },
    { id: 'att_c', pipeline: 'app', verdict: 'accepted' },
    { id: 'att_d', pipeline: 'app', verdict: 'accepted' },
    { id: 'att_f', pipeline: 'docs', verdict: 'rejected' },
  ],
  deliveries: [
    delivery('dlv_a', { attestationId: 'att_a', attempts: 2 }),
    ...(['b', 'c', 'd'] as const).map((name, at) =>
      delivery(`dlv_${name}`, {
        attestationId: `att_${name}`,
        receivedSeq: [2, 4, 3][at] ?? 0,
        attachment: 'latest-sboms',
        destination: 'dtrack',
        materialSha256: `sha of ${name}`,
        orderKey: 'lab/app',
        ...(name === 'd' ? { state: 'superseded', supersededBy: 'dlv_c', attempts: 0 } : {}),
      }),
    ),
  ],
  attempts: [
    attempt('dlv_a', 1, 2, { outcome: 'unknown', finishedAt: second(12) }),
    attempt('dlv_a', 2, 12, { outcome: 'duplicate' }),
    attempt('dlv_b', 1, 3, { outcome: 'accepted' }),
    attempt('dlv_c', 1, 5, { outcome: 'accepted' }),
  ],
  received: [
    toHook('att_a', 'dlv_a', 3),
    toHook('att_a', 'dlv_a', 12.5, 'repeat'),
    toTrack('sha of b', 3.5),
    toTrack('sha of c', 5.5),
  ],
  openWorkflows: [],
  leaks: [],
});
