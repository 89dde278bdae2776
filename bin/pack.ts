import { execFileSync } from 'node:child_process';
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWorkflowBundle } from '../temporal/workflow-bundle.ts';

/**
 * What `npm pack` does first: `dist` gets the sources as plain JavaScript, because Node strips no types below
 * node_modules, the files that they read, and the workflows bundled ahead.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

rmSync(dist, { recursive: true, force: true });
compile();
copyAssets();
// Beside the compiled sources, where `../package.json` finds it as it does in a clone.
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ type: 'module', version: manifest.version }, null, 2)}\n`,
);
const { code } = await buildWorkflowBundle();
writeFileSync(join(dist, 'temporal', 'workflow-bundle.prebuilt.js'), code);

function compile(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
}

/** Migrations, schemas, style sheets: whatever lies among the sources and is neither source nor words about it. */
function copyAssets(): void {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  for (const file of globSync(
    include.map((folder) => `${folder}/**/*.*`),
    { cwd: root },
  )) {
    if (!['.ts', '.md'].includes(extname(file)) && !file.startsWith('bin')) cpSync(join(root, file), join(dist, file));
  }
}
