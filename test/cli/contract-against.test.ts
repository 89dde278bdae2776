import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startStub } from './stub-server.ts';
import { run, temporaryFolder } from './world.ts';

const CHECK = { code: 'material.missing', outcome: 'failed', subject: 'sbom', message: 'There is \u001b[2J none.' };
const difference = { attestation: 'att_1', project: 'acme', pipeline: 'skynet', now: [CHECK], noLonger: [] };
const ANSWER = {
  judged: 3,
  same: 1,
  wouldReject: 1,
  wouldAccept: 1,
  wouldWarn: 0,
  truncated: true,
  differences: [
    { ...difference, before: 'accepted', after: 'rejected' },
    { ...difference, attestation: 'att_2', before: 'rejected', after: 'accepted', now: [], noLonger: [CHECK] },
  ],
  unclear: [],
};
const TEXT = '# ours\nschemaVersion: v1\n';

const ask = async (args: string[], body: unknown = ANSWER, text = TEXT) => {
  const { url, seen } = await startStub(() => ({ status: 200, body }));
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'release.yaml'), text);
  return { ...(await run(['contract', 'check', 'release.yaml', ...args], { cwd, env: { WAYBILL_URL: url } })), seen };
};

it('--against says which past attestations the file would have judged otherwise, and why', async () => {
  const { exit, out, err, seen } = await ask(['--against', '30d', '--pipeline', 'acme/skynet', '--limit', '3']);
  expect(seen).toMatchObject([{ method: 'POST', body: TEXT, headers: { 'content-type': 'application/yaml' } }]);
  expect(seen[0]?.path).toBe('/v1/contracts/release/check?against=30d&pipeline=acme%2Fskynet&limit=3');
  expect(exit).toBe(0);
  expect(out).toBe(
    [
      '3 attestations: 1 the same, 1 would be rejected, 1 would be accepted',
      '',
      'att_1  acme/skynet  accepted → rejected',
      '  ✗ material.missing: There is \uFFFD[2J none.',
      '',
      'att_2  acme/skynet  rejected → accepted',
      '  no longer: material.missing (sbom)',
      '',
    ].join('\n'),
  );
  expect(err).toContain('There were more; these are the latest.');
});

it('--against prints the answer of the API as JSON, and asks about another name where it is said', async () => {
  const { out, seen } = await ask(['--against', '7d', '--as', 'skynet', '--json']);
  expect(JSON.parse(out)).toEqual(ANSWER);
  expect(seen[0]?.path).toBe('/v1/contracts/skynet/check?against=7d');
});

it('asks nobody about a file that is no contract, nor without --against', async () => {
  const broken = await ask(['--against', '7d'], ANSWER, 'schemaVersion: v1\nmaterial: []\n');
  expect(broken).toMatchObject({ exit: 1, seen: [] });
  expect(broken.out).toContain('release.yaml:2');
  expect(await ask([])).toMatchObject({ exit: 0, seen: [] });
  expect(await ask(['--limit', '3'])).toMatchObject({ exit: 2, seen: [] });
});
