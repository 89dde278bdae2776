import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { ResourceName } from '../attestation/resources.ts';
import type { SignatureAlgorithm } from '../attestation/verify/algorithms.ts';
import { parseTrustedKey } from '../attestation/verify/keys.ts';
import { usageError } from './exit.ts';
import { type Io, printJson } from './io.ts';
import { examples } from './options.ts';

const PEM = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const KINDS: Record<string, { algorithm: SignatureAlgorithm; make(): { publicKey: string; privateKey: string } }> = {
  ed25519: { algorithm: 'ed25519', make: () => generateKeyPairSync('ed25519', PEM) },
  'ecdsa-p256': {
    algorithm: 'ecdsa-p256-sha256',
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...PEM }),
  },
  'ecdsa-p384': {
    algorithm: 'ecdsa-p384-sha384',
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-384', ...PEM }),
  },
  'rsa-pss': { algorithm: 'rsa-pss-sha256', make: () => generateKeyPairSync('rsa', { modulusLength: 3072, ...PEM }) },
};

/** `keys generate`: a key pair in files, and the resource that makes Waybill trust it. */
export function addKeys(program: Command, io: Io): void {
  const keys = program.command('keys').description('make keys to sign attestations with');
  keys
    .command('generate')
    .description('make a key pair and print the TrustedKey resource of its public half')
    .addOption(new Option('--algorithm <name>', 'kind of key').choices(Object.keys(KINDS)).default('ed25519'))
    .requiredOption('-o, --output <name>', 'writes <name>.pem (private, 0600) and <name>.pub.pem')
    .addOption(
      new Option('--project <name...>', 'projects that it may sign for: `project` or `project/pipeline` globs'),
    )
    .option('--json', 'print the resource as JSON')
    .addHelpText('after', examples('waybill keys generate -o skynet-release > key.yaml && waybill apply -f key.yaml'))
    .action((options: { algorithm: string; output: string; project?: string[]; json?: boolean }) => {
      const resource = generate(io, options);
      if (options.json) printJson(io, resource);
      else io.out(stringify(resource));
    });
}

function generate(io: Io, options: { algorithm: string; output: string; project?: string[] }): unknown {
  const name = ResourceName.safeParse(basename(options.output));
  if (!name.success) throw usageError(`The key's name must fit a resource: ${name.error.issues[0]?.message}.`);
  const kind = KINDS[options.algorithm];
  if (!kind) throw usageError(`There is no algorithm ${options.algorithm}.`);
  const { publicKey, privateKey } = kind.make();
  const file = resolve(io.cwd, options.output);
  writeNew(`${file}.pem`, privateKey, 0o600);
  writeNew(`${file}.pub.pem`, publicKey, 0o644);
  io.err(`Wrote ${options.output}.pem (private: keep it secret) and ${options.output}.pub.pem.\n`);
  const spec = { publicKey, algorithm: kind.algorithm, ...(options.project && { projects: options.project }) };
  const read = parseTrustedKey(name.data, spec);
  if (!read.ok) throw usageError(read.message);
  return { apiVersion: 'waybill.dev/v1', kind: 'TrustedKey', metadata: { name: name.data }, spec };
}

/** Never writes over a key: it may be the only copy. */
function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw usageError(`${path} exists already.`, 'Choose another name, or move it away first.');
  }
}
