import type { Command } from 'commander';
import { parseContract } from '../attestation/contract/parse.ts';
import { refusal } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { examples } from './options.ts';
import { printFields, printTable } from './table.ts';

/** `contract check`: reads a contract as the server would, without one. */
export function addContract(program: Command, io: Io): void {
  const contract = program.command('contract').description('look at contracts, offline');
  contract
    .command('check')
    .description("read a contract, Waybill's or Chainloop's, and say what it asks for")
    .argument('<file>')
    .option('--json', 'print the contract in its normal form, or its errors, as JSON')
    .addHelpText('after', examples('waybill contract check contract.yaml'))
    .action((file: string, options: { json?: boolean }) => {
      const result = parseContract(readInput(io, file).toString('utf8'), nameOf(file));
      if (options.json) printJson(io, result);
      else if (result.ok) printContract(io, result.contract);
      else
        for (const { line, path, message } of result.errors)
          io.out(`${printable(`${file}:${line ?? 1}: ${path ? `${path}: ` : ''}${message}`)}\n`);
      if (!result.ok) throw refusal(`${file} is not a valid contract (${result.errors.length} errors).`);
    });
}

type Contract = Extract<ReturnType<typeof parseContract>, { ok: true }>['contract'];

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
  ]);
  if (contract.materials.length === 0) return;
  printTable(
    io,
    [
      { title: 'MATERIAL', value: ({ name }) => name },
      { title: 'TYPE', value: ({ type }) => type },
      {
        title: 'WANTED',
        value: ({ optional, group }) => (group ? `one of ${group}` : optional ? 'optional' : 'required'),
      },
      { title: 'LINE', value: ({ line }) => line },
    ],
    contract.materials,
  );
}

const nameOf = (file: string): string => (file.split(/[/\\]/).at(-1) ?? '').replace(/\.(ya?ml|json)$/, '');
