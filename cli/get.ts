import { Argument, type Command, Option } from 'commander';
import { type Client, VSA_MEDIA_TYPE } from './client.ts';
import { usageError } from './exit.ts';
import { type Io, printJson } from './io.ts';
import { NOUNS, type Noun } from './nouns.ts';
import { printAttestation, printReplay, printRoot, printRow } from './one.ts';
import { apiPath, clientOf, examples, wholeNumber } from './options.ts';
import { type ListOptions, printList, type Row } from './rows.ts';

const FILTERS: Record<string, string> = {
  project: 'of this project',
  pipeline: 'of this pipeline (`project/pipeline`, or with --project)',
  destination: 'of this destination',
  verdict: 'accepted, rejected or undecided',
  state: 'deliveries or replays in this state',
  attestation: 'deliveries of this attestation',
  replay: 'deliveries that this replay queued',
  code: 'deliveries whose last cause has this code',
  since: 'received at or after this time (ISO 8601)',
  until: 'received before this time (ISO 8601)',
  digest: 'sha256 of a statement, material or subject',
  signer: 'name of the signing key, or the identity of the certificate',
  contract: 'pipelines that are bound to this contract',
  target: 'audit entries about this',
  action: 'audit entries of this action',
};

/** `get`: lists of everything, and one of each. */
export function addGet(program: Command, io: Io): void {
  const command = program
    .command('get')
    .description('show what is there')
    .addArgument(
      new Argument('<kind>', 'what').choices(NOUNS.flatMap((noun) => [...new Set([noun.plural, noun.singular])])),
    )
    .argument('[name]', 'only this one')
    .option('--limit <n>', 'items per page', wholeNumber)
    .option('--cursor <cursor>', 'where to go on')
    .option('--all', 'every page')
    .option('--json', 'print as JSON');
  for (const [name, description] of Object.entries(FILTERS))
    command.addOption(new Option(`--${name} <value>`, description));
  command
    .option('--stuck', 'only stuck deliveries')
    .option('--held', 'only deliveries whose destination is paused or broken')
    .option('--vsa', "an attestation's verdict as signed evidence: its SLSA verification summary, a DSSE envelope")
    .option('--export <file>', 'everything that is on record about an attestation, into this .tar.gz')
    .option('--force', 'with --export: replace the file')
    .addHelpText(
      'after',
      examples(
        'waybill get attestations --pipeline skynet/release --verdict rejected',
        'waybill get attestation att_5f0c…',
        'waybill get deliveries --stuck --json',
        'waybill get audit --target dtrack-prod',
        'waybill get attestation att_5f0c… --export evidence.tar.gz',
        'waybill get attestation att_5f0c… --vsa > vsa.json',
        'waybill get verdict-key current > waybill.pem && waybill verify vsa.json --key waybill.pem',
      ),
    )
    .action(async (kind: string, name: string | undefined, options: Options, self: Command) => {
      const noun = NOUNS.find(({ plural, singular }) => kind === plural || kind === singular);
      if (!noun) throw usageError(`There is no kind ${kind}.`);
      const client = clientOf(self, io);
      if (options.vsa || options.export || options.force) return getEvidence(io, client, noun, name, options);
      const query = filtersOf(noun, options);
      if (name === undefined) return printList(io, client, noun.path, noun.columns(io), { ...options, query });
      if (!noun.item) throw usageError(`${noun.plural} are only listed: leave out ${JSON.stringify(name)}.`);
      if (noun.text) return io.out(await client.text(noun.item(name), noun.text));
      const row = await client.request<Row>(noun.item(name));
      return options.json ? printJson(io, row) : printOne(io, noun, row);
    });
}

type Options = ListOptions & { vsa?: boolean; export?: string; force?: boolean } & Record<string, unknown>;

async function getEvidence(
  io: Io,
  client: Client,
  { singular }: Noun,
  name: string | undefined,
  { vsa, export: file, force }: Options,
): Promise<void> {
  if (singular !== 'attestation' || name === undefined || Boolean(vsa) === Boolean(file))
    throw usageError('Give one attestation, and either --vsa or --export FILE.');
  if (vsa) return io.out(await client.text(apiPath('attestations', name, 'vsa'), VSA_MEDIA_TYPE));
  const { exportEvidence } = await import('./export/export.ts');
  return exportEvidence(io, client, name, { file: file ?? '', force });
}

function filtersOf(noun: Noun, options: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = [...Object.keys(FILTERS), 'stuck', 'held'].filter((name) => options[name] !== undefined);
  const unfit = given.find((name) => !noun.filters.includes(name));
  if (unfit)
    throw usageError(
      `${noun.plural} cannot be filtered by --${unfit}.`,
      noun.filters.length > 0 ? `They can by ${noun.filters.map((name) => `--${name}`).join(', ')}.` : undefined,
    );
  return Object.fromEntries(given.map((name) => [name, String(options[name])]));
}

/** Those that fields one below the other do not show well. */
const PRINTERS: Readonly<Record<string, typeof printRow>> = {
  attestation: printAttestation,
  replay: printReplay,
  root: printRoot,
};

const printOne = (io: Io, noun: Noun, row: Row): void => (PRINTERS[noun.singular] ?? printRow)(io, row);
