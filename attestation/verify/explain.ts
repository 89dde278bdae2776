import { ValidationError } from '@sigstore/bundle';
import { VerificationError } from '@sigstore/verify';
import { quote, type Refusal, refuse } from './refusal.ts';

/** The certificate is from this root, and names an issuer that the root may not speak for. */
export class UnexpectedIssuer extends Error {
  override readonly name = 'UnexpectedIssuer';
  readonly issuer: string;
  readonly issuers: readonly string[];
  constructor(issuer: string, issuers: readonly string[]) {
    super('the certificate names an issuer that its root may not speak for');
    this.issuer = issuer;
    this.issuers = issuers;
  }
}

/** The certificate is from this root, and does not say plainly whose it is. */
export class UnreadableIdentity extends Error {
  override readonly name = 'UnreadableIdentity';
}

/** The certificate is not one that signs code. */
export class UnfitCertificate extends Error {
  override readonly name = 'UnfitCertificate';
}

/** A library's error in our words. Of an error that is not its verdict only the name is told: the text may quote the input. */
export const explain = (error: unknown): Refusal => {
  if (error instanceof UnexpectedIssuer) {
    return refuse(
      'bundle.issuer',
      `the certificate names the issuer ${quote(error.issuer)}, for which this root may not speak.`,
      {
        expected: error.issuers.join(' or '),
        found: quote(error.issuer),
      },
    );
  }
  if (error instanceof UnfitCertificate) {
    return refuse('bundle.usage', 'the certificate may not be used to sign statements.', {
      expected: 'no authority, key usage digitalSignature, extended key usage codeSigning',
    });
  }
  if (error instanceof UnreadableIdentity) {
    return refuse(
      'bundle.identity',
      'the certificate does not say plainly whom it was issued to, and by which issuer.',
      {
        expected: 'one subject alternative name (a URI or an e-mail address), one issuer, plain text',
      },
    );
  }
  const known = error instanceof VerificationError ? explanationOf(error) : undefined;
  if (known && error instanceof VerificationError) {
    const found = error.message.slice(0, 200);
    return refuse(known.code, `${known.what} (${found}).`, {
      expected: 'a bundle that verifies against this root',
      found,
      ...(known.remedy && { remedy: known.remedy }),
    });
  }
  if (error instanceof ValidationError) {
    const found = error.fields.join(', ').slice(0, 200);
    return refuse('bundle.incomplete', `the bundle is not what its version asks for (${found}).`, {
      expected: '0.1: a promise of the log for each entry; later: a proof of inclusion; 0.3: one certificate',
      found,
    });
  }
  return refuse(
    'bundle.malformed',
    `the bundle cannot be read (${error instanceof Error ? error.name : 'unknown error'}).`,
    {
      expected: 'a bundle as its media type says',
    },
  );
};

type Explanation = { code: string; what: string; remedy?: string };

/** The library has one code for the chain and for the timestamps in the certificate. */
const explanationOf = ({ code, message }: VerificationError): Explanation =>
  code === 'CERTIFICATE_ERROR' && /\bSCTs?\b/.test(message)
    ? {
        code: 'bundle.certificate-timestamp',
        what: 'the certificate lacks timestamps of a certificate log of this root',
      }
    : EXPLANATIONS[code];

const EXPLANATIONS: Record<VerificationError['code'], Explanation> = {
  SIGNATURE_ERROR: {
    code: 'bundle.signature',
    what: 'the signature does not belong to this statement and certificate',
  },
  CERTIFICATE_ERROR: {
    code: 'bundle.certificate',
    what: 'the certificate does not end in this root, or was not valid when it was used',
  },
  TIMESTAMP_ERROR: {
    code: 'bundle.time-unproven',
    what: 'no log and no timestamp authority of this root proves when it was signed',
    remedy: 'Sign with a transparency log or a timestamp authority.',
  },
  TLOG_ERROR: {
    code: 'bundle.log',
    what: 'the transparency log entries are missing or do not suffice',
    remedy: 'Sign with a transparency log.',
  },
  TLOG_BODY_ERROR: { code: 'bundle.log-body', what: 'the transparency log entry is about something else' },
  TLOG_INCLUSION_PROOF_ERROR: {
    code: 'bundle.log-proof',
    what: 'the proof of inclusion in the transparency log does not hold',
  },
  TLOG_INCLUSION_PROMISE_ERROR: { code: 'bundle.log-promise', what: "the transparency log's promise does not hold" },
  TLOG_MISSING_INCLUSION_ERROR: { code: 'bundle.log-proof', what: 'the transparency log entry proves nothing' },
  PUBLIC_KEY_ERROR: { code: 'bundle.public-key', what: 'the key is not known' },
  NOT_IMPLEMENTED_ERROR: { code: 'bundle.unsupported', what: 'the bundle uses something that is not supported' },
};
