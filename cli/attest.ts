import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { inferAlgorithm, SignatureAlgorithm } from '../attestation/verify/algorithms.ts';
import { fingerprint } from '../attestation/verify/keys.ts';
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../attestation/verify/sign.ts';
import { usageError } from './exit.ts';
import { fileContent, readInput } from './files.ts';
import type { Io } from './io.ts';
import { assignment, clientOf, examples, pipelinePath, positiveNumber, several } from './options.ts';
import { makeStatement, parseMaterial, type StatementOptions } from './statement.ts';
import { printVerdict, submitAttestation } from './submission.ts';
import { inMemory } from './upload.ts';

type Options = Omit<StatementOptions, 'parameters'> & {
  key: string;
  keyid?: string;
  algorithm?: SignatureAlgorithm;
  parameter?: string[];
  submit?: { project: string; pipeline: string };
  wait?: number;
  json?: boolean;
  output?: string;
};

/** `attest`: makes an in-toto statement about files, signs it, and sends it if asked to. */
export function addAttest(program: Command, io: Io): void {
  program
    .command('attest')
    .description('make and sign an in-toto statement')
    .addOption(new Option('--type <type>', 'predicate').choices(['slsa-provenance-v1']).default('slsa-provenance-v1'))
    .requiredOption('--key <file>', 'private key (PEM); its passphrase, if any, in WAYBILL_KEY_PASSPHRASE')
    .option('--keyid <id>', "hint for verifiers (default: the key's fingerprint)")
    .addOption(
      new Option('--algorithm <name>', 'how to sign; must be said for RSA').choices(SignatureAlgorithm.options),
    )
    .option('--subject <file>', 'what was built: FILE, name=FILE or name@sha256:HEX; repeatable', several)
    .option('--material <name=file:TYPE>', 'a material, signed with both digests; repeatable', several)
    .requiredOption('--build-type <uri>', 'kind of build, e.g. https://actions.github.io/buildtypes/workflow/v1')
    .requiredOption('--builder-id <uri>', 'who built it')
    .option('--parameter <name=value>', 'external parameter of the build; repeatable', several)
    .option('--invocation-id <uri>', 'the run of the build')
    .option('--submit <project/pipeline>', 'send it, with the materials, and wait for the verdict', pipelinePath)
    .option('--wait <seconds>', 'longest wait for the verdict (default: 120)', positiveNumber)
    .option('--json', 'print the verdict as JSON')
    .option('-o, --output <file>', 'where to write the envelope (default: standard output, unless it is submitted)')
    .addHelpText(
      'after',
      examples(
        'waybill attest --key skynet.pem --subject app.tgz --material skynet-sbom=sbom.json:SBOM_CYCLONEDX_JSON \\',
        '    --build-type https://actions.github.io/buildtypes/workflow/v1 \\',
        '    --builder-id https://github.com/actions/runner --submit skynet/release -o att.json',
      ),
    )
    .action(async (options: Options, command: Command) => {
      const key = readKey(io, options.key);
      const algorithm = options.algorithm ?? inferAlgorithm(key) ?? sayAlgorithm();
      const statement = await makeStatement(io, { ...options, parameters: (options.parameter ?? []).map(assignment) });
      const keyid = options.keyid ?? fingerprint(createPublicKey(key));
      const envelope = sign(Buffer.from(JSON.stringify(statement)), key, algorithm, keyid);
      const text = `${JSON.stringify(envelope)}\n`;
      if (options.output) writeFileSync(resolve(io.cwd, options.output), text);
      else if (!options.submit) io.out(text);
      if (!options.submit) return;
      const materials = (options.material ?? []).map(parseMaterial);
      const verdict = await submitAttestation(io, clientOf(command, io), {
        ...options.submit,
        attestations: [inMemory(text, 'application/json')],
        materials: materials.map(({ name, path, mediaType }) => ({ name, content: fileContent(io, path, mediaType) })),
        ...(options.wait !== undefined && { wait: options.wait }),
      });
      printVerdict(io, verdict, options);
    });
}

const sign = (payload: Buffer, key: KeyObject, algorithm: SignatureAlgorithm, keyid: string) => {
  try {
    return signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, key, algorithm, keyid);
  } catch (error) {
    throw usageError((error as Error).message);
  }
};

function readKey(io: Io, path: string): KeyObject {
  const pem = readInput(io, path);
  const passphrase = io.env.WAYBILL_KEY_PASSPHRASE;
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // The library's message may quote the key.
    throw usageError(
      `${path} cannot be read as a private key.`,
      'Expected PEM (PKCS#8, PKCS#1 or SEC1); for an encrypted one set WAYBILL_KEY_PASSPHRASE.',
    );
  }
}

const sayAlgorithm = (): never => {
  throw usageError(
    'This key can sign in several ways.',
    `Say which with --algorithm: ${SignatureAlgorithm.options.join(', ')}.`,
  );
};
