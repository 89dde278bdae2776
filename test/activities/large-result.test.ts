import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepIfLarge, readKept } from '../../activities/large-result.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import type { Verification } from '../../attestation/verdict.ts';
import { createFileStore } from '../../store/files.ts';
import type { Judged, Kept } from '../../workflows/steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-result-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = createFileStore(folder);

const about = (subjects: number): Judged => ({
  verdict: 'accepted',
  checks: [{ code: 'signature.valid', outcome: 'passed', message: 'Signed.' }],
  materials: [],
  owner: undefined,
  runner: null,
  annotations: { team: 'skynet' },
  subjects: Array.from({ length: subjects }, (_, index) => ({
    name: `package-${index}`,
    digest: { sha256: sha256Hex(String(index)) },
  })),
  verification: [],
});

describe('a result on its way through the workflow', () => {
  it('is itself while it is small', async () => {
    const decision = about(3);
    expect(await keepIfLarge(store, decision)).toBe(decision);
    expect(await readKept(store, decision)).toBe(decision);
  });

  it('is a digest when it is larger than a history may hold, and is read again whole', async () => {
    const decision = about(50_000);
    const kept = await keepIfLarge(store, decision);
    expect(JSON.stringify(kept).length).toBeLessThan(100);
    expect(JSON.stringify(await readKept(store, kept))).toBe(JSON.stringify(decision));
  });

  it('is a digest where many signatures were verified, each in many steps', async () => {
    const step = { code: 'signature' as const, outcome: 'passed' as const, message: 'm'.repeat(120) };
    const signature = { outcome: 'verified' as const, steps: Array.from({ length: 12 }, () => step) };
    const statement = { sha256: 'a'.repeat(64), paeDigest: 'b'.repeat(64), result: 'verified' as const, signers: [] };
    const signatures = Array.from({ length: 16 }, () => signature);
    const found: Verification = {
      statements: Array.from({ length: 16 }, () => ({ ...statement, signatures })),
      checks: [],
    };
    const kept: { decided: false } & (Verification | Kept) = { decided: false, ...(await keepIfLarge(store, found)) };
    expect(JSON.stringify(kept).length).toBeLessThan(120);
    expect(await readKept<Verification>(store, kept)).toEqual(found);
  });
});
