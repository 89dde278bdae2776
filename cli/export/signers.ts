import type { Signer } from '../../attestation/verdict.ts';
import { apiPath } from '../options.ts';
import { TrustedKey } from './answers.ts';
import { type Collector, json, unique } from './collector.ts';
import { PATHS } from './paths.ts';

/** Public keys and roots of those whose signatures counted, as they are registered today. */
export async function addSigners(collector: Collector, signers: readonly Signer[]): Promise<void> {
  const { client, folder, unlessRefused } = collector;
  for (const signer of unique(signers.flatMap((signer) => (signer.kind === 'key' ? signer : []))))
    await addKey(collector, signer);
  const roots = signers.flatMap((signer) => (signer.kind === 'certificate' ? signer.profile : []));
  for (const name of new Set(roots)) {
    const what = `trusted root ${name}`;
    await unlessRefused(what, async () => {
      const answer = await client.request(apiPath('trust', 'roots', name));
      await folder.add(PATHS.trustedRoot(name), what, json(answer));
    });
  }
}

async function addKey(
  { client, folder, missing, unlessRefused }: Collector,
  { name, fingerprint }: { name: string; fingerprint: string },
) {
  const what = `trusted key ${name}`;
  await unlessRefused(what, async () => {
    const answer = await client.request(apiPath('trust', 'keys', name));
    const key = TrustedKey.parse(answer);
    if (key.fingerprint !== fingerprint) {
      missing.push({ what, reason: `signed by the key ${fingerprint}; another one has that name now` });
      return;
    }
    await folder.add(PATHS.trustedKey(name), what, json(answer));
    await folder.add(PATHS.signerKey(name), `${what}, the public key alone`, key.publicKey);
  });
}
