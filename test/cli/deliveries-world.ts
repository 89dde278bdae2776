import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeEnvelope, makeStatement } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { startWorld } from './world.ts';

const RESOURCES = `schemaVersion: v1
---
apiVersion: waybill.dev/v1
kind: Pipeline
metadata: { name: skynet/release }
spec: { contract: all }
---
apiVersion: waybill.dev/v1
kind: Destination
metadata: { name: hook }
spec:
  integration: webhook
  config: { url: "https://hooks.example.com/waybill" }
  secrets: { signingSecret: "env:WAYBILL_SECRET_HOOK" }
---
apiVersion: waybill.dev/v1
kind: Attachment
metadata: { name: skynet-hook }
spec: { destination: hook, pipelines: ["skynet/*"] }
`;

/** Three accepted attestations, each owing one delivery. */
export async function worldWithDeliveries() {
  const world = await startWorld();
  writeFileSync(join(world.folder, 'all.yaml'), RESOURCES);
  expect(await world.run(['apply', '-f', 'all.yaml'])).toMatchObject({ exit: 0, err: '' });
  world.judge.verdict = 'accepted';
  for (const name of ['a', 'b', 'c']) {
    const statement = makeStatement({ subject: [{ name, digest: { sha256: name.repeat(64) } }] });
    writeFileSync(join(world.folder, 'att.json'), JSON.stringify(makeEnvelope(makeKey(), statement)));
    const ran = await world.run(['submit', 'att.json', '--pipeline', 'skynet/release']);
    expect(ran.out).toContain('1 delivery to hook');
  }
  const { items } = JSON.parse((await world.run(['deliveries', 'list', '--json'])).out) as { items: { id: string }[] };
  return { ...world, ids: items.map(({ id }) => id) };
}
