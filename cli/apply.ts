import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Client } from './client.ts';
import { CliError, EXIT, refusal, usageError } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { apiPath, clientOf, examples } from './options.ts';
import { problemError } from './problem.ts';
import type { Resource } from './resources.ts';
import { printTestChecks } from './test-checks.ts';

/** The server waits 50 s for a test. */
const TEST_MS = 90_000;

const Change = z.enum(['created', 'updated', 'unchanged']);
type Change = z.infer<typeof Change>;
const Tested = z.looseObject({ ok: z.boolean(), checks: z.array(z.record(z.string(), z.unknown())) });
/** `test`: what came of testing a destination that was created or changed; null when no worker answered. */
type Applied = { kind: string; name: string; outcome: Change; test?: z.infer<typeof Tested> | null };

/** `apply`: makes the server's resources like those in the files. Nothing is sent before every file is understood. */
export function addApply(program: Command, io: Io): void {
  program
    .command('apply')
    .description('create or change resources from YAML files')
    .requiredOption('-f, --filename <file...>', 'files, or folders whose .yaml and .yml files are all read')
    .option('--no-test', 'do not test destinations that were created or changed')
    .option('--check', 'only read the files, send nothing')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples('waybill apply -f examples/resources', 'waybill apply -f contract.yaml destination.yaml'),
    )
    .action(
      async (options: { filename: string[]; test: boolean; check?: boolean; json?: boolean }, command: Command) => {
        const resources = await readAll(io, options.filename);
        if (options.check) return io.out(`${resources.length} resources, nothing wrong with them.\n`);
        const client = clientOf(command, io);
        const applied: Applied[] = [];
        for (const resource of resources) {
          const done = await put(client, resource, options.test);
          applied.push({ kind: resource.kind, name: resource.name, ...done });
          if (!options.json) print(io, applied.at(-1));
        }
        if (options.json) printJson(io, { items: applied });
        const failed = applied.filter(({ test }) => test?.ok === false).map(({ name }) => name);
        if (failed.length > 0) throw refusal(`Everything was applied, but the test of ${failed.join(', ')} failed.`);
        return undefined;
      },
    );
}

async function readAll(io: Io, paths: readonly string[]): Promise<Resource[]> {
  // Schemas and the evaluator of rules: no other command waits for them.
  const { KINDS, readResources } = await import('./resources.ts');
  const files = paths.flatMap((path) => filesAt(io, path));
  const read = files.map((file) => readResources(readInput(io, file).toString('utf8'), file));
  const faults = read.flatMap((file) => file.faults);
  const resources = read.flatMap((file) => file.resources);
  for (const [index, { kind, name, at }] of resources.entries()) {
    const first = resources.findIndex((other) => other.kind === kind && other.name === name);
    if (first < index) faults.push({ at, message: `${kind} ${name} stands at ${resources[first]?.at} already.` });
  }
  if (faults.length > 0) {
    const lines = faults.map(({ at, message }) => `${at}: ${message}`);
    throw new CliError(EXIT.refused, `Nothing was applied.\n${lines.join('\n')}`);
  }
  if (resources.length === 0) throw usageError(`There is no resource in ${paths.join(', ')}.`);
  return resources.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function filesAt(io: Io, path: string): string[] {
  const isFolder = statSync(resolve(io.cwd, path), { throwIfNoEntry: false })?.isDirectory();
  if (!isFolder) return [path];
  return readdirSync(resolve(io.cwd, path), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(path, file));
}

const PATHS: Record<Resource['kind'], (name: string) => string> = {
  TrustedKey: (name) => apiPath('trust', 'keys', name),
  TrustedRoot: (name) => apiPath('trust', 'roots', name),
  Contract: (name) => apiPath('contracts', name),
  Pipeline: (name) => apiPath('pipelines', ...name.split('/')),
  Destination: (name) => apiPath('destinations', name),
  Attachment: (name) => apiPath('attachments', name),
};

/** A destination that is told of a change tests itself, which takes as long as its receiver. */
async function put(
  client: Client,
  { kind, name, at, sent }: Resource,
  test: boolean,
): Promise<Omit<Applied, 'kind' | 'name'>> {
  const body =
    'text' in sent ? { body: sent.text, headers: { 'content-type': 'application/yaml' } } : { json: sent.spec };
  const tested = test && kind === 'Destination' ? { query: { test: 'true' }, timeoutMs: TEST_MS } : {};
  const { status, body: answer } = await client.exchange(PATHS[kind](name), { method: 'PUT', ...body, ...tested });
  const done = z.looseObject({ change: Change, test: Tested.nullish() }).safeParse(answer);
  if (status < 300 && done.success) {
    const { change: outcome, test: found } = done.data;
    return { outcome, ...(found === undefined ? {} : { test: found }) };
  }
  const error = problemError(status, answer, client.url.origin);
  throw new CliError(error.exit, `${kind} ${name} (${at}): ${error.message}`, {
    code: error.code,
    remedy: error.remedy,
  });
}

const COLOURS = { created: 'green', updated: 'yellow', unchanged: 'grey' } as const;

function print(io: Io, applied: Applied | undefined): void {
  if (!applied) return;
  const { kind, name, outcome, test } = applied;
  io.out(`${paint(io, COLOURS[outcome], outcome.padEnd(9))}  ${kind} ${printable(name)}\n`);
  if (test) printTestChecks(io, test.checks);
  if (test === null) io.out(`not tested: no worker answered; later: waybill destinations test ${printable(name)}\n`);
}
