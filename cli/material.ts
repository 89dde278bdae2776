import { type Command, Option } from 'commander';
import { MATERIAL_TYPES } from '../attestation/materials/types.ts';
import { refusal } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { examples } from './options.ts';
import { printFields } from './table.ts';

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
      const inspection = inspectMaterial(readInput(io, file), options.type);
      if (options.json) printJson(io, inspection);
      else {
        io.out(
          `${inspection.valid ? paint(io, 'green', 'valid') : paint(io, 'red', 'invalid')}  ${printable(file)}  ${options.type}\n`,
        );
        for (const { path, message } of inspection.problems)
          io.out(`  ${printable(path ? `${path}: ${message}` : message)}\n`);
        printFields(
          io,
          Object.entries(inspection.facts).map(([name, fact]) => [name, describe(fact)] as const),
        );
      }
      if (!inspection.valid) throw refusal(`${file} is not valid as ${options.type}.`);
    });
}

const describe = (fact: unknown): string => (typeof fact === 'string' ? fact : JSON.stringify(fact));
