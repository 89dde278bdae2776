import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

it('runs by itself, can be taken down and up again, ends when asked, and keeps a ledger', async () => {
  const child = spawn(process.execPath, [
    'examples/receivers/dependency-track-stand-in.ts',
    '--port',
    '0',
    '--import-ms',
    '0',
  ]);
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const url = /http:\/\/\S+/.exec(String(line))?.[0] ?? '';
    const set = (settings: object) =>
      fetch(`${url}/stand-in/settings`, { method: 'POST', body: JSON.stringify(settings) });
    expect(await (await fetch(`${url}/api/version`)).json()).toMatchObject({ application: 'Dependency-Track' });
    await set({ mode: 'unavailable' });
    expect((await fetch(`${url}/api/version`)).status).toBe(503);
    await set({ mode: 'up', apiKey: 'odt_changed' });
    const body = new FormData();
    body.set('projectName', 'shop');
    body.set('autoCreate', 'true');
    body.set('bom', new Blob(['{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}']), 'bom.json');
    const headers = { 'x-api-key': 'odt_changed' };
    expect((await fetch(`${url}/api/v1/bom`, { method: 'POST', headers, body })).status).toBe(200);
    const ledger = (await (await fetch(`${url}/stand-in/ledger`)).json()) as object[];
    expect(ledger).toMatchObject([{ status: 200, project: 'shop', version: null, isRepeat: false }]);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
