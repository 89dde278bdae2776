import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Signer } from '../../attestation/verdict.ts';
import { fixture, haveFixtures } from '../attestation/verify/fixtures.ts';
import { createMutator, createRandom, isSame } from '../attestation/verify/mutate.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { type AttestationView, anAttestation, createTenant, type Tenant } from '../support/tenant.ts';

const SEED = Number(process.env.WAYBILL_SEED ?? 20_260_301);
const IN_FLIGHT = 16;

/** A document that is accepted as it is; `unsigned`: paths that nobody signs and nothing reads. */
type Target = { tenant: Tenant; document: unknown; unsigned: RegExp; mutations: number };
type Case = { name: string; skip: boolean; make(): Promise<Target> };

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => house?.dispose());

/** Of the real package whose attestations npm hands out: signed by a workflow, in the public log. */
async function sigstoreBundle(): Promise<Target> {
  const pair = readFileSync(new URL('../attestation/verify/npm-pair.json', import.meta.url), 'utf8');
  const [, provenance] = (JSON.parse(pair) as { attestations: { bundle: unknown }[] }).attestations;
  const contract = [
    'schemaVersion: v1',
    'signers:',
    '  - issuer: https://token.actions.githubusercontent.com',
    '    repository: https://github.com/trishankatdatadog/supreme-goggles',
  ].join('\n');
  return {
    tenant: await createTenant(house, { contract, hasKey: false }),
    document: provenance?.bundle,
    unsigned:
      /(mediaType|keyid|inclusionProof(\.(rootHash|treeSize))?|timestampVerificationData|certificates\[\]\.rawBytes)$/,
    mutations: 300,
  };
}

async function cosignBundle(): Promise<Target> {
  const tenant = await createTenant(house, { hasKey: false });
  const publicKey = fixture('cosign-3.1.3.pub').toString();
  await house.http.apply(`/v1/trust/keys/${tenant.project}-cosign`, { publicKey, projects: [tenant.project] });
  const document = JSON.parse(fixture('cosign-3.1.3-key-slsa1.sigstore.json').toString());
  return { tenant, document, unsigned: /(mediaType|hint)$/, mutations: 100 };
}

async function envelope(): Promise<Target> {
  const tenant = await createTenant(house);
  const document = JSON.parse(anAttestation(tenant.key).toString());
  return { tenant, document, unsigned: /keyid$/, mutations: 100 };
}

const CASES: Case[] = [
  { name: 'a Sigstore bundle', skip: false, make: sigstoreBundle },
  { name: 'a bundle that cosign signed with a key', skip: !haveFixtures, make: cosignBundle },
  { name: 'a DSSE envelope', skip: false, make: envelope },
];

const signersOf = ({ verification }: AttestationView): Signer[][] => verification.map(({ signers }) => signers);
const pids = () => [house.api, ...house.workers].map((process) => process.pid());

describe(`one leaf changed and sent (seed ${SEED})`, () => {
  for (const { name, skip, make } of CASES)
    it.skipIf(skip)(
      `${name} is refused with a reason, or found to be exactly the same`,
      async () => {
        const before = pids();
        const { tenant, document, unsigned, mutations } = await make();
        const original = await tenant.send(Buffer.from(JSON.stringify(document)));
        expect(original).toMatchObject({ status: 200, body: { verdict: 'accepted' } });
        const mutate = createMutator(document, createRandom(SEED));
        const mutants = Array.from({ length: mutations }, mutate);
        const answered: Record<number, number> = {};
        const sendNext = async (): Promise<void> => {
          for (let mutant = mutants.pop(); mutant; mutant = mutants.pop()) {
            const { bytes, path } = mutant;
            const { status, body, text } = await tenant.send(bytes);
            answered[status] = (answered[status] ?? 0) + 1;
            expect([200, 400, 422], `${path}: ${text}`).toContain(status);
            expect(text, path).not.toContain('verification.timeout');
            if (status !== 200) continue;
            expect(unsigned.test(path) || isSame(bytes, document), `accepted: ${path} of ${bytes}`).toBe(true);
            expect(signersOf(body)).toEqual(signersOf(original.body));
          }
        };
        await Promise.all(Array.from({ length: IN_FLIGHT }, sendNext));
        console.info(`${name}: ${JSON.stringify(answered)}`);
        expect(pids()).toEqual(before);
      },
      300_000,
    );
});
