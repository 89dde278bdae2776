import { z } from 'zod';
import { Check, Verdict } from '../attestation/verdict.ts';
import type { Client } from './client.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { apiPath } from './options.ts';
import { printChecks } from './submission.ts';
import { inMemory } from './upload.ts';

/** The API's answer as far as the CLI reads it. */
const Checked = z.looseObject({
  judged: z.int(),
  same: z.int(),
  wouldReject: z.int(),
  wouldAccept: z.int(),
  wouldWarn: z.int(),
  truncated: z.boolean(),
  differences: z.array(
    z.looseObject({
      attestation: z.string(),
      project: z.string(),
      pipeline: z.string(),
      before: Verdict,
      after: Verdict,
      now: z.array(Check),
      noLonger: z.array(Check),
    }),
  ),
  unclear: z.array(z.looseObject({ attestation: z.string(), reason: z.string() })),
});
type Checked = z.infer<typeof Checked>;

export type AgainstOptions = { against: string; pipeline?: string; limit?: number; json?: boolean };

/** Asks the server which past attestations a contract would have judged otherwise, and prints it. Applies nothing. */
export async function checkAgainst(
  io: Io,
  client: Client,
  contract: { name: string; text: string },
  { against, pipeline, limit, json }: AgainstOptions,
): Promise<void> {
  const body = await client.request<unknown>(apiPath('contracts', contract.name, 'check'), {
    method: 'POST',
    query: { against, pipeline, limit },
    content: inMemory(contract.text, 'application/yaml'),
  });
  if (json) return printJson(io, body);
  print(io, contract.name, Checked.parse(body));
}

function print(io: Io, name: string, checked: Checked): void {
  const { judged, same, wouldReject, wouldAccept, wouldWarn, truncated, differences, unclear } = checked;
  if (judged === 0) {
    io.err(`Nothing was judged in that time by pipelines bound to ${printable(name)}.\n`);
    return;
  }
  const counts = [
    `${same} the same`,
    `${wouldReject} would be rejected`,
    `${wouldAccept} would be accepted`,
    `${wouldWarn} would be warned`,
    `${unclear.length} unclear`,
  ].filter((count) => !count.startsWith('0 '));
  io.out(`${judged} attestations: ${counts.join(', ')}\n`);
  for (const { attestation, project, pipeline, before, after, now, noLonger } of differences) {
    const turn = before === after ? `${after}, with warnings` : `${before} → ${after}`;
    const colour = before === after ? 'yellow' : after === 'rejected' ? 'red' : 'green';
    io.out(`\n${printable(`${attestation}  ${project}/${pipeline}`)}  ${paint(io, colour, turn)}\n`);
    printChecks(io, now);
    for (const { code, subject } of noLonger)
      io.out(`  no longer: ${printable(subject === undefined ? code : `${code} (${subject})`)}\n`);
  }
  for (const { attestation, reason } of unclear) io.err(`${printable(`${attestation}: ${reason}`)}\n`);
  if (truncated) io.err('There were more; these are the latest. Look at more with --limit.\n');
}
