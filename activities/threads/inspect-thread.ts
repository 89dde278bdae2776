import { inspectMaterial } from '../../attestation/materials/inspect.ts';

/** Runs in a worker thread of its own kind: schemas and their compiler are nothing that a verifying thread should carry. */
export type InspectTask = { bytes: Uint8Array; type: string };

export const inspect = ({ bytes, type }: InspectTask) =>
  inspectMaterial(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type);

/** What the first material would otherwise wait for: modules, and the schema that most SBOMs are held against. */
export function warmInspect(): void {
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 };
  inspectMaterial(Buffer.from(JSON.stringify(bom)), 'SBOM_CYCLONEDX_JSON');
}
