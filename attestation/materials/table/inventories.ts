import { type MaterialTypeRow, row } from './row.ts';

const SBOM_FACTS = ['specVersion', 'mainComponent', 'components', 'licenses', 'unlicensed', 'tool', 'created'];
const CSAF_MEDIA = ['application/json', 'application/csaf+json'];

const csaf = (number: number, type: string): MaterialTypeRow => {
  const category = type.toLowerCase();
  return row({
    type,
    number,
    recognisedBy: `\`document.category: ${category}\` and \`csaf_version\` 2.0`,
    validator: { kind: 'csaf', category },
    depth: 'schema',
    facts: ['specVersion', 'id', 'title', 'tool', 'vulnerabilities'],
    mediaTypes: CSAF_MEDIA,
  });
};

/** What something is made of, and what is known to be wrong with it: SBOMs, VEX, advisories. */
export const INVENTORIES: readonly MaterialTypeRow[] = [
  row({
    type: 'SBOM_CYCLONEDX_JSON',
    number: 4,
    recognisedBy: '`bomFormat: CycloneDX` and `specVersion` 1.2 to 1.7',
    validator: { kind: 'cyclonedx' },
    depth: 'schema',
    facts: [...SBOM_FACTS, 'serialNumber', 'vulnerabilities'],
    mediaTypes: ['application/vnd.cyclonedx+json'],
    predicateTypes: ['https://cyclonedx.org/bom', 'https://cyclonedx.org/schema'],
  }),
  row({
    type: 'SBOM_CYCLONEDX_XML',
    number: null,
    recognisedBy: 'XML with root `bom` in the namespace of CycloneDX 1.2 to 1.7',
    validator: { kind: 'cyclonedx-xml' },
    depth: 'structure',
    facts: [...SBOM_FACTS, 'serialNumber', 'vulnerabilities'],
    mediaTypes: ['application/vnd.cyclonedx+xml'],
  }),
  row({
    type: 'SBOM_SPDX_JSON',
    number: 5,
    recognisedBy: '`spdxVersion: SPDX-2.2` or `SPDX-2.3`, or an SPDX 3.0 `@context` (by its `structure`)',
    validator: { kind: 'spdx' },
    depth: 'schema',
    facts: [...SBOM_FACTS, 'name', 'documentNamespace'],
    mediaTypes: ['application/spdx+json', 'text/spdx+json'],
    predicateTypes: ['https://spdx.dev/Document'],
  }),
  row({
    type: 'OPENVEX',
    number: 7,
    recognisedBy: '`@context` of openvex.dev and `@id`',
    validator: { kind: 'openvex' },
    depth: 'structure',
    facts: ['specVersion', 'id', 'author', 'tool', 'statements'],
    mediaTypes: ['application/json', 'application/vex+json', 'application/openvex+json'],
    predicateTypes: ['https://openvex.dev/ns'],
  }),
  csaf(8, 'CSAF_VEX'),
  csaf(13, 'CSAF_INFORMATIONAL_ADVISORY'),
  csaf(14, 'CSAF_SECURITY_ADVISORY'),
  csaf(15, 'CSAF_SECURITY_INCIDENT_RESPONSE'),
  row({
    type: 'INTOTO_VULNS',
    number: null,
    recognisedBy: '`scanner` with `uri` and `result`: the in-toto predicate `vulns` 0.1 or 0.2, or cosign’s `vuln`',
    validator: { kind: 'vulns' },
    depth: 'structure',
    facts: ['tool', 'vulnerabilities', 'scannedAt', 'databaseUpdatedAt'],
    mediaTypes: ['application/json'],
    predicateTypes: ['https://in-toto.io/attestation/vulns', 'https://cosign.sigstore.dev/attestation/vuln'],
  }),
];
