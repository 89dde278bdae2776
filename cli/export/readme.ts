import type { Signer } from '../../attestation/verdict.ts';
import { printable } from '../io.ts';
import type { Attestation } from './answers.ts';
import type { Missing } from './collector.ts';
import type { ExportedFile } from './folder.ts';
import type { Summary } from './gather.ts';
import { PATHS } from './paths.ts';

type Told = { attestation: Attestation; summaries: readonly Summary[]; missing: readonly Missing[]; server: string };

/** README.txt of an archive: what it is, and the commands that check it without asking who made it. */
export function describeExport(
  { attestation, summaries, missing, server }: Told,
  files: readonly ExportedFile[],
): string {
  const has = (path: string) => files.some((file) => file.path === path);
  const { id, project, pipeline, verdict, receivedAt } = attestation;
  const judged = summaries
    .filter(({ judgement, key }) => has(PATHS.summary(judgement)) && has(PATHS.verdictKey(key)))
    .map(({ judgement, key }) => `waybill verify ${PATHS.summary(judgement)} --key ${PATHS.verdictKey(key)}`);
  const signed = attestation.verification.flatMap(({ sha256, signers }) =>
    has(PATHS.statement(sha256)) ? commandFor(sha256, signers, has) : [],
  );
  const parts = [
    [
      `Evidence for attestation ${id} of ${project}/${pipeline}: ${verdict}.`,
      `Received ${receivedAt}; exported from ${server}.`,
    ],
    ['That no file was changed since the export (run each command in this folder):', '', `  ${SUMS}`],
    judged.length > 0
      ? [
          'That Waybill reached these verdicts; PASSED or FAILED stands in what is signed:',
          '',
          ...judged.map((command) => `  ${command}`),
          '',
          'A key out of the same archive proves nothing about who made it: compare it with what the installation',
          `publishes, ${server}/v1/verdict-keys, or with the copy that you kept.`,
        ]
      : [],
    signed.length > 0
      ? ['That the statements are what their signers signed:', '', ...signed.map((command) => `  ${command}`)]
      : [],
    ['A material is the file materials/<sha256>; attestation.json says under which name it was signed.'],
    missing.length > 0
      ? ['Not in here:', '', ...missing.map(({ what, reason }) => `  ${printable(`${what}: ${reason}`)}`)]
      : [],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

const SUMS = `jq -r '.files[] | "\\(.sha256)  \\(.path)"' manifest.json | sha256sum --check --quiet`;

function commandFor(sha256: string, signers: readonly Signer[], has: (path: string) => boolean): string[] {
  const verify = `waybill verify ${PATHS.statement(sha256)}`;
  const keys = signers.flatMap((signer) => (signer.kind === 'key' && has(PATHS.signerKey(signer.name)) ? signer : []));
  const [algorithm] = keys.flatMap((key) => (key.algorithm.startsWith('rsa') ? key.algorithm : []));
  const certificate = signers.find((signer) => signer.kind === 'certificate');
  const options = [
    ...keys.map(({ name }) => `--key ${PATHS.signerKey(name)}`),
    ...(algorithm ? [`--algorithm ${algorithm}`] : []),
    ...(certificate
      ? [`--certificate-oidc-issuer ${quote(certificate.issuer)}`, `--certificate-identity ${quote(certificate.san)}`]
      : []),
  ];
  return options.length > 0 ? [[verify, ...options].join(' ')] : [];
}

/** For a shell: whoever signed wrote this, and somebody will paste it. */
const quote = (text: string): string => `'${printable(text).replaceAll("'", `'\\''`)}'`;
