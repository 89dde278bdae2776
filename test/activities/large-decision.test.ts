import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepIfLarge, readDecision } from '../../activities/large-decision.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import { createFileStore } from '../../store/files.ts';
import type { Judged } from '../../workflows/steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-decision-'));
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

describe('a decision on its way through the workflow', () => {
  it('is itself while it is small', async () => {
    const decision = about(3);
    expect(await keepIfLarge(store, decision)).toBe(decision);
    expect(await readDecision(store, decision)).toBe(decision);
  });

  it('is a digest when it is larger than a history may hold, and is read again whole', async () => {
    const decision = about(50_000);
    const kept = await keepIfLarge(store, decision);
    expect(JSON.stringify(kept).length).toBeLessThan(100);
    expect(JSON.stringify(await readDecision(store, kept))).toBe(JSON.stringify(decision));
  });
});
