#!/usr/bin/env node
// Plain JavaScript, because any Node may start it. It runs the program with the Node that Waybill is tested with.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { admits } from './engines.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fromRoot = createRequire(join(root, 'package.json'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// A clone has the sources and needs no build. A package has `dist`: Node strips no types below node_modules.
const program = ['bin/main.ts', 'dist/bin/main.js'].map((path) => join(root, path)).find((path) => existsSync(path));
const pinned = pinnedNode();

if (!program) {
  stop('This installation has neither bin/main.ts nor dist/bin/main.js. Install it again: npm install waybill');
} else if (pinned && !isRunningAs(pinned)) {
  run(pinned.path);
} else if (admits(manifest.engines.node, process.versions.node)) {
  whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'));
  // Left alone, Node would exit with 1, which means that something was refused.
  await import(pathToFileURL(program).href).catch((error) => stop(error.stack));
} else {
  stop(
    [
      `Waybill needs Node ${manifest.engines.node}, and this is ${process.versions.node} (${process.execPath}).`,
      `It brings its own as an optional dependency, but none is installed for ${process.platform}-${process.arch}. Either`,
      '  - install it again without --omit=optional (npm install waybill), or',
      '  - put a newer Node first on the PATH.',
    ].join('\n'),
  );
}

/** The Node among the optional dependencies `node-<os>-<cpu>`: npm installs the one that fits, or none. */
function pinnedNode() {
  for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
    if (!/^node-(bin-)?(linux|darwin|win)-/.test(name)) continue;
    try {
      const file = fromRoot.resolve(`${name}/package.json`);
      const { bin, version, os, cpu } = JSON.parse(readFileSync(file, 'utf8'));
      const path = join(dirname(file), bin.node);
      if ([os].flat().includes(process.platform) && [cpu].flat().includes(process.arch) && existsSync(path)) {
        return { path, version };
      }
    } catch {
      // Not installed here: the next one, or the caller's Node.
    }
  }
  return undefined;
}

function isRunningAs(node) {
  return process.versions.node === node.version;
}

function run(node) {
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => stop(`Could not start ${node}: ${error.message}`));
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    // Ctrl-C reaches the whole foreground group by itself: passing it on would make two of one.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  whenNpmIsGone(() => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** npm puts a shell between itself and what it runs, and SIGTERM ends only the two: here it shows as another parent. */
function whenNpmIsGone(act) {
  if (!process.env.npm_command) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 500);
  watch.unref();
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 3;
}
