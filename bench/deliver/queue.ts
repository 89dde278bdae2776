import { randomUUID } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import SqliteFile from 'better-sqlite3';
import { redeliveryWorkflowId } from '../../attestation/names.ts';

type Value = string | number | null;

/** Of one transaction: Waybill writes between two, and this process hears of a connection that was closed. */
const A_STEP = 500;

/** Writes to Waybill's own database beside its processes, as another process of it would. */
export type Rows = {
  /**
   * So many attestations, copies of one that was accepted and delivered, each with a delivery queued for each of the
   * given destinations. Nobody carries them yet: gives back the workflows that do, once they are started.
   */
  queue(count: number, destinations: readonly string[]): Promise<string[]>;
  /** From being planned to being delivered, in ms, of those created since (epoch ms) for the destination or any. */
  took(since: number, destination?: string): number[];
  open(destination: string): number;
  close(): void;
  /** Attempts to a destination that began since then, oldest first. Epoch ms. */
  attempts(destination: string, since: number): { startedAt: number; finishedAt: number; latencyMs: number }[];
};

export function openRows(path: string, template: string): Rows {
  const file = new SqliteFile(path, { timeout: 15_000 });
  const copy = (table: string, where: string) => {
    const columns = file.prepare('select name from pragma_table_info(?)').pluck().all(table) as string[];
    const known = new Map<string, SqliteFile.Statement>();
    return (changes: Record<string, Value>) => {
      const values = columns.map((name) => (name in changes ? `@${name}` : name));
      const sql = `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${table} where ${where} limit 1`;
      const insert = known.get(sql) ?? file.prepare(sql);
      known.set(sql, insert);
      return insert.run({ ...changes, template }).lastInsertRowid;
    };
  };
  const copyAttestation = copy('attestations', 'id = @template');
  const copyJudgement = copy('judgements', 'attestation_id = @template');
  const copyMaterial = copy('materials', 'attestation_id = @template');
  const copyDelivery = copy('deliveries', 'attestation_id = @template');
  const attachmentOf = file.prepare(
    'select uid as attachment_uid, name as attachment, destination from attachments where destination = ?',
  );
  const queue = file.transaction((count: number, destinations: readonly string[]) => {
    const attachments = destinations.map((name) => attachmentOf.get(name) as Record<string, Value>);
    const now = Date.now();
    const fresh = { created_at: now, changed_at: now, clock_from: now, host_checked_at: now };
    const untried = { state: 'queued', attempts: 0, failures: 0, finished_at: null, order_key: null };
    return Array.from({ length: count }, () => {
      const id = `att_${randomUUID().replaceAll('-', '')}`;
      const workflowId = redeliveryWorkflowId(id, 1);
      const seq = Number(copyAttestation({ id, received_seq: null, received_at: now, redeliveries: 1 }));
      copyJudgement({ attestation_id: id, workflow_id: workflowId });
      copyMaterial({ attestation_id: id });
      for (const attachment of attachments) {
        const delivery = `dlv_${randomUUID().replaceAll('-', '')}`;
        copyDelivery({
          ...fresh,
          ...untried,
          ...attachment,
          id: delivery,
          idempotency_key: delivery,
          attestation_id: id,
          received_seq: seq,
          workflow_id: workflowId,
        });
      }
      return workflowId;
    });
  });
  const took = file.prepare(
    "select finished_at - created_at from deliveries where state = 'delivered' and created_at >= @since and (@destination is null or destination = @destination)",
  );
  return {
    async queue(count, destinations) {
      const hosts: string[] = [];
      while (hosts.length < count) {
        hosts.push(...queue.immediate(Math.min(A_STEP, count - hosts.length), destinations));
        await breathe();
      }
      return hosts;
    },
    took: (since, destination) => took.pluck().all({ since, destination: destination ?? null }) as number[],
    open: (destination) =>
      Number(
        file
          .prepare('select count(*) from deliveries where destination = ? and finished_at is null')
          .pluck()
          .get(destination),
      ),
    attempts: (destination, since) =>
      file
        .prepare(
          `select a.started_at as startedAt, a.finished_at as finishedAt, a.latency_ms as latencyMs
             from deliveries d join attempts a on a.delivery_id = d.id
            where d.destination = ? and a.started_at >= ? and a.finished_at is not null order by a.started_at`,
        )
        .all(destination, since) as ReturnType<Rows['attempts']>,
    close: () => {
      file.close();
    },
  };
}
