import { Context } from '@temporalio/activity';
import {
  type ContractCheck,
  type ContractChecked,
  type ContractDifference,
  compareChecks,
  verificationOf,
} from '../attestation/contract/again.ts';
import type { Contract } from '../attestation/contract/contract.ts';
import type { AttestationRecord } from '../db/attestations.ts';
import { BlobMissingError } from '../store/store.ts';
import type { Kept } from '../workflows/steps.ts';
import { contractOf } from './contract.ts';
import type { Deps } from './deps.ts';
import { holdAgainst } from './hold-against.ts';
import { keepIfLarge } from './large-result.ts';

const MAX_CONTRACT_BYTES = 1024 * 1024;
const PAGE = 50;

/**
 * Holds past attestations against a contract that is not applied yet, newest first, and says which would have been judged
 * otherwise. What was verified then counts as it did; nothing is judged, delivered or written down.
 */
export const createCheckContract =
  (deps: Deps, beat = () => Context.current().heartbeat()) =>
  async (asked: ContractCheck): Promise<ContractChecked | Kept> => {
    const text = (await deps.store.read(asked.digest, MAX_CONTRACT_BYTES)).toString('utf8');
    const contract = contractOf({ name: asked.name, revision: 0, digest: asked.digest, text });
    const { records, isTruncated } = await select(deps, asked);
    const checked: ContractChecked = { judged: 0, same: 0, truncated: isTruncated, differences: [], unclear: [] };
    for (const record of records) {
      beat();
      const found = await judgeAgain(deps, record, contract);
      checked.judged++;
      if (typeof found === 'string') checked.unclear.push({ attestation: record.id, reason: found });
      else if (found) checked.differences.push(found);
      else checked.same++;
    }
    return keepIfLarge(deps.store, checked);
  };

/** The latest decided ones of all those pipelines together. */
async function select(deps: Pick<Deps, 'db'>, { name, pipeline, since, limit }: ContractCheck) {
  const records: AttestationRecord[] = [];
  for (const of of pipeline ? [pipeline] : await boundTo(deps, name)) {
    let cursor: string | undefined;
    let found = 0;
    do {
      const page = await deps.db.attestations.list({ ...of, since }, { limit: PAGE, cursor });
      const decided = page.items.filter(({ judgement }) => judgement.verdict && judgement.pinnedAt);
      records.push(...decided);
      found += decided.length;
      cursor = page.next ?? undefined;
      // One more than asked for tells that there are more.
    } while (cursor !== undefined && found <= limit);
    records.sort((a, b) => b.receivedSeq - a.receivedSeq).splice(limit + 1);
  }
  return { records: records.slice(0, limit), isTruncated: records.length > limit };
}

async function boundTo({ db }: Pick<Deps, 'db'>, contract: string) {
  const bound: { project: string; pipeline: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await db.pipelines.list({ contract }, { limit: 200, cursor });
    bound.push(...page.items.map(({ project, name }) => ({ project, pipeline: name })));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return bound;
}

/** How it would have been judged where that differs; a sentence where nobody can tell; undefined where it is the same. */
async function judgeAgain(
  deps: Deps,
  { id, project, pipeline, receivedAt, judgement }: AttestationRecord,
  contract: Contract,
): Promise<ContractDifference | string | undefined> {
  const { n, verdict: before, checks, verification } = judgement;
  if (before === null) return undefined;
  const verified = verificationOf({ checks, verification });
  if (verified === 'beyond') return undefined;
  if (verified === 'unknown') return 'what was found of its signatures is not on record in full; send it again to know';
  const work = await deps.db.attestations.pin(id, n, deps.clock().toISOString());
  if (!work) return undefined;
  try {
    const held = await holdAgainst(deps, work, contract, verified);
    if ('heavy' in held) return 'a material is too large to be looked into here, and was not before';
    const after = held.decision;
    const changes = compareChecks(checks, after.checks);
    // Rejected is rejected: for how many more reasons would not have changed anything for anybody.
    if (after.verdict === before && (before === 'rejected' || changes.now.length === 0)) return undefined;
    return { attestation: id, judgement: n, project, pipeline, receivedAt, before, after: after.verdict, ...changes };
  } catch (error) {
    if (!(error instanceof BlobMissingError)) throw error;
    return 'its bytes are not in the store any more';
  }
}
