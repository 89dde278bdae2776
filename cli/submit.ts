import type { Command } from 'commander';
import { usageError } from './exit.ts';
import { fileContent } from './files.ts';
import type { Io } from './io.ts';
import { assignment, clientOf, examples, type PipelinePath, pipelinePath, positiveNumber, several } from './options.ts';
import { printVerdict, submitAttestation } from './submission.ts';

type Options = { pipeline: PipelinePath; material?: string[]; wait?: number; async?: boolean; json?: boolean };

/** `submit`: sends signed statements with their materials and gates on the verdict. */
export function addSubmit(program: Command, io: Io): void {
  program
    .command('submit')
    .description('send an attestation and wait for the verdict (exit 0 accepted, 1 rejected, 3 no verdict in time)')
    .argument('<file...>', 'DSSE envelopes or Sigstore bundles about the same thing (JSON or JSON Lines)')
    .requiredOption('--pipeline <project/pipeline>', 'what sends it', pipelinePath)
    .option('--material <name=file>', "a file that the attestation signs, under its slot's name; repeatable", several)
    .option('--wait <seconds>', 'longest wait for the verdict (default: 120)', positiveNumber)
    .option('--async', 'return as soon as it is recorded')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      examples(
        'waybill submit attestation.json --pipeline skynet/release',
        'waybill submit provenance.sigstore.json sbom.sigstore.json --pipeline skynet/release \\',
        '    --material skynet-sbom=sbom.cdx.json --wait 300',
      ),
    )
    .action(async (files: string[], options: Options, command: Command) => {
      if (options.async && options.wait)
        throw usageError('--async does not wait: leave out one of --async and --wait.');
      const judged = await submitAttestation(io, clientOf(command, io), {
        ...options.pipeline,
        attestations: files.map((file) => fileContent(io, file, 'application/json')),
        materials: (options.material ?? [])
          .map(assignment)
          .map(({ name, value }) => ({ name, content: fileContent(io, value, mediaTypeOf(value)) })),
        ...(options.wait !== undefined && { wait: options.wait }),
        ...(options.async && { async: true }),
      });
      printVerdict(io, judged, options);
    });
}

const MEDIA_TYPES: Record<string, string> = {
  json: 'application/json',
  xml: 'application/xml',
  zip: 'application/zip',
};
const mediaTypeOf = (path: string): string => MEDIA_TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
