import type { Command } from 'commander';
import type { ContractResult } from '../attestation/contract/parse.ts';
import { type AgainstOptions, checkAgainst } from './contract-against.ts';
import { refusal, usageError } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { clientOf, examples, wholeNumber } from './options.ts';
import { printFields, printTable } from './table.ts';

/** `contract check`: reads a contract as the server would, without one; or asks one what it would have meant for the past. */
export function addContract(program: Command, io: Io): void {
  const contract = program.command('contract').description('look at contracts before they are applied');
  contract
    .command('check')
    .description("read a contract, Waybill's or Chainloop's, and say what it asks for")
    .argument('<file>')
    .option('--json', 'print the contract in its normal form, or its errors, as JSON')
    .option('--against <age>', 'ask the server which attestations since then, e.g. 30d, it would have judged otherwise')
    .option('--as <name>', 'with --against: the contract that it would replace (default: the name of the file)')
    .option('--pipeline <project/pipeline>', 'with --against: this one only, whatever it is bound to')
    .option('--limit <n>', 'with --against: at most so many, the latest (default: 200)', wholeNumber)
    .addHelpText(
      'after',
      examples('waybill contract check contract.yaml', 'waybill contract check contract.yaml --against 30d'),
    )
    .action(async (file: string, options: Options, self: Command) => {
      // The schema and the evaluator of rules: no other command waits for them.
      const { parseContract } = await import('../attestation/contract/parse.ts');
      const { against, as: name = nameOf(file), ...rest } = options;
      if (against === undefined && (options.as ?? options.pipeline ?? options.limit) !== undefined)
        throw usageError('--as, --pipeline and --limit belong to --against.');
      const text = readInput(io, file).toString('utf8');
      const result = parseContract(text, name);
      if (result.ok && against !== undefined)
        return checkAgainst(io, clientOf(self, io), { name, text }, { against, ...rest });
      if (options.json) printJson(io, result);
      else if (result.ok) printContract(io, result.contract);
      else
        for (const { line = 1, column = 1, path, message } of result.errors)
          io.out(`${printable(`${file}:${line}:${column}: ${path ? `${path}: ` : ''}${message}`)}\n`);
      if (result.ok) return;
      const { length } = result.errors;
      throw refusal(`${file} is not a valid contract (${length} error${length === 1 ? '' : 's'}).`);
    });
}

type Options = Partial<AgainstOptions> & { as?: string };

type Contract = Extract<ContractResult, { ok: true }>['contract'];

function printContract(io: Io, contract: Contract): void {
  io.out(`${paint(io, 'green', 'valid')}  ${printable(contract.name)}  (${contract.form})\n`);
  printFields(io, [
    ['owner', contract.owner && [contract.owner.team, contract.owner.contact].filter(Boolean).join(', ')],
    ['runner', contract.runner && `${contract.runner.type}, proof ${contract.runner.proof}`],
    [
      'signers',
      contract.signers.map((signer) => (signer.kind === 'key' ? signer.key : signer.issuer)).join(', ') ||
        'keys of the project',
    ],
    ['annotations', contract.annotations.map(({ name, value }) => (value ? `${name}=${value}` : name)).join(', ')],
    ['variables', contract.envAllowList.map(({ name }) => name).join(', ')],
    [
      'policies',
      [...contract.policies.materials, ...contract.policies.attestation, ...contract.policyGroups]
        .map(({ ref }) => ref)
        .join(', '),
    ],
  ]);
  if (contract.materials.length > 0) printMaterials(io, contract);
  if (contract.rules.length > 0) printRules(io, contract);
  if (contract.exceptions.length > 0) printExceptions(io, contract);
}

function printMaterials(io: Io, { materials }: Contract): void {
  printTable(
    io,
    [
      { title: 'MATERIAL', value: ({ name }) => name },
      { title: 'TYPE', value: ({ type }) => type },
      {
        title: 'WANTED',
        value: ({ optional, group }) => (group ? `one of ${group}` : optional ? 'optional' : 'required'),
      },
      { title: 'FROM', value: ({ enforceFrom }) => enforceFrom },
      { title: 'LINE', value: ({ line }) => line },
    ],
    materials,
  );
}

function printRules(io: Io, { rules }: Contract): void {
  printTable(
    io,
    [
      { title: 'RULE', value: ({ name }) => name },
      { title: 'MODE', value: ({ mode }) => mode },
      { title: 'FROM', value: ({ enforceFrom }) => enforceFrom },
      { title: 'LINE', value: ({ line }) => line },
      { title: 'HOLDS WHEN', value: ({ expr }) => expr.replaceAll(/\s+/g, ' ') },
    ],
    rules,
  );
}

function printExceptions(io: Io, { exceptions }: Contract): void {
  const today = io.now().toISOString().slice(0, 10);
  printTable(
    io,
    [
      { title: 'EXCEPTION FOR', value: ({ rule, material, check }) => rule ?? material ?? check },
      { title: 'UNTIL', value: ({ until }) => (today > until ? `${until} (over)` : until) },
      { title: 'APPROVED BY', value: ({ approvedBy }) => approvedBy },
      { title: 'LINE', value: ({ line }) => line },
      { title: 'REASON', value: ({ reason }) => reason },
    ],
    exceptions,
  );
}

const nameOf = (file: string): string => (file.split(/[/\\]/).at(-1) ?? '').replace(/\.(ya?ml|json)$/, '');
