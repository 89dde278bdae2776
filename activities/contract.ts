import type { Contract } from '../attestation/contract/contract.ts';
import { parseContract } from '../attestation/contract/parse.ts';
import type { JudgementWork } from '../db/judgements.ts';
import { impossible } from './failure.ts';

const KEPT = 200;
const parsed = new Map<string, Contract>();

/** The pinned contract, read once per revision. It was valid when it was applied: another answer is a fault of ours. */
export function contractOf({ name, digest, text }: JudgementWork['contract']): Contract {
  const key = `${name}@${digest}`;
  const known = parsed.get(key);
  if (known) return known;
  const read = parseContract(text, name);
  if (!read.ok)
    throw impossible(
      'CONTRACT_INVALID',
      `contract ${name} (sha256:${digest}) cannot be read any more: ${read.errors[0]?.message ?? ''}`,
    );
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(key, read.contract);
  return read.contract;
}
