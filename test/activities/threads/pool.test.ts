import { afterEach, describe, expect, it } from 'vitest';
import { startThreads, type Threads } from '../../../activities/threads/pool.ts';
import type { VerifyTask } from '../../../activities/threads/thread.ts';
import { shipped } from '../../../attestation/verify/published.ts';
import { makeEnvelope, makeStatement, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { makeSbom } from '../../support/tenant.ts';

const key = makeKey('ed25519');
const rules = { at: '2026-03-01T12:00:00.000Z', project: 'acme', pipeline: 'skynet', threshold: 1 };
const toVerify = (statement = makeStatement()): VerifyTask => ({
  statements: [toBytes(makeEnvelope(key, statement))],
  trust: { keys: [key.trusted], roots: [], builtIn: shipped() },
  rules,
  sent: [],
});

let threads: Threads;
afterEach(() => threads.close());

describe('the threads of a worker', () => {
  it('verify while more inspections wait than there are threads', async () => {
    threads = await startThreads({ size: 1 });
    const bytes = toBytes(makeSbom('large', 2 ** 18));
    let inspected = 0;
    const inspections = Array.from({ length: 40 }, async () => {
      const result = await threads.inspect({ bytes, type: 'SBOM_CYCLONEDX_JSON' });
      inspected += 1;
      return result.outcome;
    });
    const { statements } = await threads.verify(toVerify());
    expect(statements).toMatchObject([{ result: 'verified' }]);
    expect(inspected).toBeLessThan(40);
    expect(new Set(await Promise.all(inspections))).toEqual(new Set(['valid']));
  });

  it('cut off a verification that takes too long, and say which limit it was', async () => {
    threads = await startThreads({ size: 1, verifyMs: 1 });
    const large = toVerify(makeStatement({ predicate: { text: 'x'.repeat(8 * 2 ** 20) } }));
    await expect(threads.verify(large)).rejects.toMatchObject({ name: 'ThreadLimitError', limit: 'time' });
    const inspection = await threads.inspect({ bytes: toBytes(makeSbom()), type: 'SBOM_CYCLONEDX_JSON' });
    expect(inspection.outcome).toBe('valid');
  });
});
