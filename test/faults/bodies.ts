import { sha256Of, toBytes } from '../support/envelopes.ts';
import type { TestKey } from '../support/keys.ts';
import { aBuild, anAttestation, makeSbom } from '../support/tenant.ts';
import type { Submission } from './schedule.ts';
import { SBOM_NAME } from './world.ts';

/** The bytes of a request, the same at every try. */
export type Body = { bytes: Buffer; contentType: string };

/** Signs what a submission sends: provenance with its SBOM beside it, or alone. */
export async function makeBody(key: TestKey, { n, pipeline, isForged }: Submission): Promise<Body> {
  if (pipeline === 'docs') {
    const bytes = anAttestation(key);
    return { bytes: isForged ? forge(bytes) : bytes, contentType: 'application/json' };
  }
  const form = aBuild(key, makeSbom(`${pipeline}-${n}`));
  if (isForged) {
    const part = form.get('attestation');
    if (!(part instanceof Blob) || !form.has(SBOM_NAME)) throw new Error('expected an attestation and its SBOM');
    const forged = forge(Buffer.from(await part.arrayBuffer()));
    form.set('attestation', new Blob([new Uint8Array(forged)], { type: 'application/json' }));
  }
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? '';
  return { bytes: Buffer.from(await encoded.arrayBuffer()), contentType };
}

/** The same signature over another artifact. */
function forge(envelope: Buffer): Buffer {
  const json = JSON.parse(envelope.toString()) as { payload: string };
  const statement = JSON.parse(Buffer.from(json.payload, 'base64').toString()) as { subject: object[] };
  const subject = [{ name: 'app.tar.gz', digest: { sha256: sha256Of('what nobody built') } }];
  return toBytes({ ...json, payload: toBytes({ ...statement, subject }).toString('base64') });
}
