import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIOME = join(ROOT, 'node_modules/.bin/biome');

/** One import that must not pass and one that must, per wall. */
const WALLS: [file: string, refused: string, allowed: string][] = [
  ['attestation/verify/x.ts', '../../db/database.ts', '../verdict.ts'],
  ['attestation/x.ts', 'node:fs', 'node:crypto'],
  ['workflows/x.ts', 'zod', '@temporalio/workflow'],
  ['workflows/x.ts', 'node:crypto', '../attestation/names.ts'],
  ['db/x.ts', '../api/paging.ts', '../attestation/delivery/state.ts'],
  ['db/sqlite/x.ts', '../../activities/deliver.ts', '../../attestation/ids.ts'],
  ['store/x.ts', '../db/database.ts', '../attestation/ids.ts'],
  ['activities/x.ts', '@temporalio/client', '../db/database.ts'],
  ['activities/threads/x.ts', '../../api/app.ts', '../../attestation/verdict.ts'],
  ['activities/integrations/x.ts', '../deliver.ts', './define.ts'],
  ['activities/integrations/x.ts', '../../db/database.ts', './support/http.ts'],
  ['activities/x.ts', '../db/sqlite/holds.ts', '../db/holds.ts'],
  ['temporal/x.ts', '../activities/deliver.ts', '../db/database.ts'],
  ['temporal/x.ts', '../db/schema/deliveries.ts', '../db/deliveries.ts'],
  ['api/x.ts', '@temporalio/client', '../db/database.ts'],
  ['api/page/x.ts', '../../workflows/steps.ts', '../problem.ts'],
  ['api/x.ts', '../activities/deliver.ts', '../activities/integrations/index.ts'],
  ['api/ingest/x.ts', '../../activities/threads/limited.ts', '../../activities/integrations/support/limits.ts'],
  ['api/replays/x.ts', '../../db/schema.ts', '../../db/replays.ts'],
  ['cli/x.ts', '../db/sqlite.ts', '../attestation/verdict.ts'],
  ['cli/export/x.ts', '../../db/deliveries.ts', '../../attestation/verdict.ts'],
];

/** Files with one import each, laid out like the project and linted by its configuration; returns those refused. */
function lintCopies(imports: readonly { file: string; specifier: string }[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-walls-'));
  try {
    cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    for (const { file, specifier } of imports) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `import { thing } from '${specifier}';\n\nexport const other = thing;\n`);
    }
    const { stdout } = spawnSync(
      BIOME,
      ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    const refused = diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports');
    return new Set(refused.map(({ location }) => location.path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const named = (file: string, kind: string, row: number) => file.replace('x.ts', `${kind}-${row}.ts`);
const refused = lintCopies(
  WALLS.flatMap(([file, bad, good], row) => [
    { file: named(file, 'bad', row), specifier: bad },
    { file: named(file, 'good', row), specifier: good },
  ]),
);

describe('the walls between the folders', () => {
  it.each(WALLS.map((wall, row) => [...wall, row] as const))(
    '%s may not import %s, and may import %s',
    (file, _bad, _good, row) => {
      expect(refused).toContain(named(file, 'bad', row));
      expect(refused).not.toContain(named(file, 'good', row));
    },
  );
});
