import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { base64, parseMaterial, type ReceivedBundle } from './bundle.ts';
import { type Refusal, refuse } from './refusal.ts';

const MessageSignature = z.object({
  messageDigest: z.object({ algorithm: z.enum(['SHA2_256', 'SHA2_384', 'SHA2_512']), digest: base64(64) }),
  signature: base64(4096),
});

/** A bundle that signs a file, as `cosign sign-blob` writes it. It attests nothing. */
export type MessageBundle = { bundle: ReceivedBundle; message: z.output<typeof MessageSignature> };

/** Reads a Sigstore bundle that signs a file. Checks its shape and size; verifies nothing. */
export const parseMessageBundle = (json: Record<string, unknown>): ({ ok: true } & MessageBundle) | Refusal => {
  const bundle = parseMaterial(json);
  if (!bundle.ok) return bundle;
  const message = MessageSignature.safeParse(json.messageSignature);
  if (!message.success || (json.dsseEnvelope ?? null) !== null) {
    return refuse('bundle.shape', 'The bundle does not sign one file.', {
      expected: 'messageSignature with messageDigest and signature, and no dsseEnvelope',
    });
  }
  // The specification forbids it. Around statements it is let pass: npm and slsa-github-generator wrote them so.
  const above = bundle.bundle.verificationMaterial.x509CertificateChain?.certificates.slice(1) ?? [];
  if (above.some(isSelfIssued)) {
    return refuse(
      'bundle.root',
      'The certificate chain of the bundle holds a root; that is for the verifier to have.',
      {
        expected: 'the certificate that signed, and intermediates',
        found: 'a certificate that issued itself',
      },
    );
  }
  return { ok: true, bundle: bundle.bundle, message: message.data };
};

/** True for a certificate that names itself as its issuer. One that cannot be read is none, and is never used. */
const isSelfIssued = ({ rawBytes }: { rawBytes: string }): boolean => {
  try {
    const { subject, issuer } = new X509Certificate(Buffer.from(rawBytes, 'base64'));
    return subject === issuer;
  } catch {
    return false;
  }
};
