import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { attestationId, deliveryId, randomId, sha256Hex, statementDigest } from '../../attestation/ids.ts';

const [a, b] = [sha256Hex('a'), sha256Hex('b')];

describe('ids', () => {
  it('know an attestation by its pipeline and the set of its statements', () => {
    const id = attestationId('pl_1', [a, b]);
    expect(id).toMatch(/^att_[0-9a-f]{32}$/);
    expect(attestationId('pl_1', [b, a])).toBe(id);
    expect(attestationId('pl_2', [a, b])).not.toBe(id);
    expect(attestationId('pl_1', [a])).not.toBe(id);
  });

  it('know what was signed whatever the order of the statements', () => {
    expect(statementDigest([a, b])).toBe(statementDigest([b, a]));
    expect(statementDigest([a])).not.toBe(statementDigest([a, b]));
    expect(statementDigest([a])).toBe(createHash('sha256').update(a).digest('hex'));
  });

  it('know what was signed however many envelopes it is sent in: else a copy would be news', () => {
    expect(statementDigest([a, a])).toBe(statementDigest([a]));
    expect(statementDigest([b, a, b])).toBe(statementDigest([a, b]));
  });

  it('know a delivery by attestation, attachment, material and replay, with no two parts running together', () => {
    const ids = [
      deliveryId('att_1', 'atc_1'),
      deliveryId('att_1', 'atc_1', 'aa'),
      deliveryId('att_1', 'atc_1', '', 'aa'),
      deliveryId('att_1', 'atc_1aa'),
      deliveryId('att_2', 'atc_1'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^dlv_[0-9a-f]{32}$/.test(id))).toBe(true);
  });

  it("leave the order of the caller's list alone", () => {
    const digests = [b, a];
    attestationId('pl', digests);
    statementDigest(digests);
    expect(digests).toEqual([b, a]);
  });

  it('are never the same twice when they are random', () => {
    expect(new Set(Array.from({ length: 100 }, () => randomId('pl'))).size).toBe(100);
    expect(randomId('pl')).toMatch(/^pl_[0-9a-f]{32}$/);
  });
});
