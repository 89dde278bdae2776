import { z } from 'zod';
import type { KeyProfile } from './profiles.ts';

const RegistryKeys = z.object({
  keys: z.array(z.looseObject({ keyUsage: z.string(), publicKey: z.looseObject({ keyDetails: z.string() }) })),
});
const RegistryKey = z.object({
  keyId: z.string(),
  publicKey: z.object({
    rawBytes: z.base64(),
    validFor: z.object({ start: z.iso.datetime().optional(), end: z.iso.datetime().optional() }),
  }),
});

/**
 * Reads npm's `keys.json`: the keys that sign what the registry publishes. Those of kinds that nobody uses yet are left
 * out. Throws where it cannot be read.
 */
export const readRegistryKeys = (text: string): KeyProfile['keys'] =>
  RegistryKeys.parse(JSON.parse(text))
    .keys.filter(({ keyUsage, publicKey }) => {
      return keyUsage === 'npm:attestations' && publicKey.keyDetails === 'PKIX_ECDSA_P256_SHA_256';
    })
    .map((key) => {
      const { keyId, publicKey } = RegistryKey.parse(key);
      const { start, end } = publicKey.validFor;
      return {
        hint: keyId,
        spki: publicKey.rawBytes,
        algorithm: 'ecdsa-p256-sha256',
        ...(start && { validFrom: start }),
        ...(end && { validUntil: end }),
      };
    });
