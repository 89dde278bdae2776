import { type Command, Option } from 'commander';
import { describeFact } from '../attestation/materials/describe-fact.ts';
import { describeChecked, type Inspection } from '../attestation/materials/inspection.ts';
import { MATERIAL_TYPES } from '../attestation/materials/types.ts';
import { refusal } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { examples } from './options.ts';
import { type Column, printFields, printTable } from './table.ts';

/** `material check`: what the verdict will say about a file's content, without a server. */
export function addMaterial(program: Command, io: Io): void {
  const material = program.command('material').description('look at materials, offline');
  material
    .command('check')
    .description('hold a file against what its material type promises')
    .argument('<file>')
    .addOption(new Option('--type <type>', 'material type').choices([...MATERIAL_TYPES]).makeOptionMandatory())
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples('waybill material check --type SBOM_CYCLONEDX_JSON sbom.cdx.json'))
    .action(async (file: string, options: { type: string; json?: boolean }) => {
      // Schemas and their compiler: no other command waits for them.
      const { inspectMaterial } = await import('../attestation/materials/inspect.ts');
      const inspection = inspectMaterial(readInput(io, file), options.type, { all: true });
      if (options.json) printJson(io, inspection);
      else printInspection(io, file, inspection);
      if (inspection.outcome === 'not-validated') throw refusal(`${file} could not be validated as ${options.type}.`);
      if (inspection.outcome !== 'valid') throw refusal(`${file} is not valid as ${options.type}.`);
    });
}

const PROBLEM_COLUMNS: readonly Column<Inspection['problems'][number]>[] = [
  { title: 'AT', value: ({ path }) => path },
  { title: 'PROBLEM', value: ({ message }) => message },
];

function printInspection(io: Io, file: string, inspection: Inspection): void {
  const { outcome, problems, facts, type } = inspection;
  io.out(`${paint(io, outcome === 'valid' ? 'green' : 'red', outcome)}  ${printable(file)}  ${type}\n`);
  printFields(io, [['checked', outcome === 'valid' ? describeChecked(inspection) : inspection.format]]);
  if (problems.length > 0) printTable(io, PROBLEM_COLUMNS, problems);
  printFields(
    io,
    Object.entries(facts).map(([name, fact]) => [name, describeFact(fact)] as const),
  );
}
