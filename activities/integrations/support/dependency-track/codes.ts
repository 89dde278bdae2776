import type { CodeMeaning } from '../../../../attestation/delivery/codes.ts';

const NAME = {
  means: 'the name or version of the project cannot be used',
  place: 'options',
  remedy: 'Change `projectName` or `projectVersion` of the attachment.',
} as const satisfies CodeMeaning;
const DOCUMENT = 'Send a CycloneDX document that this server takes, or skip it.';

/** What Dependency-Track's own codes mean, and what mends them. */
export const CODES = {
  'key.refused': {
    means: 'Dependency-Track does not know the API key, or its team is gone',
    place: 'secret',
    remedy: "Put a valid key of the team where the destination's `apiKey` comes from.",
  },
  'permission.missing': {
    means: "the key's team lacks a permission",
    place: 'receiver',
    remedy: 'Grant the permission that the message names to the team of the key.',
  },
  'url.wrong': {
    means: 'something else answers at this URL',
    place: 'settings',
    remedy: 'Set `config.url` to the base URL of the API server, not of the frontend.',
  },
  'bom.refused': {
    means: 'Dependency-Track refuses this SBOM',
    place: 'document',
    remedy: "Its reason is in the receiver's answer of the attempt. Send a better SBOM, or skip this one.",
  },
  'bom.not-json': { means: 'the SBOM is not JSON', place: 'document', remedy: DOCUMENT },
  'bom.not-cyclonedx': { means: 'the material is no CycloneDX document', place: 'document', remedy: DOCUMENT },
  'bom.spec-version': {
    means: 'this server does not read this version of CycloneDX',
    place: 'receiver',
    remedy: 'Upgrade Dependency-Track and retry, or have the SBOM written in an older version.',
  },
  'project.not-found': {
    means: 'the project does not exist',
    place: 'options',
    remedy: 'Create the project, or set `autoCreate` of the attachment.',
  },
  'parent.not-found': {
    means: 'the parent project does not exist',
    place: 'options',
    remedy: 'Create the parent project, or change the parent in the attachment.',
  },
  'project.forbidden': {
    means: "the key's team has no access to the project",
    place: 'receiver',
    remedy: 'Add the team to the project (portfolio access control).',
  },
  'project.raced': {
    means: 'another upload created the project at the same moment',
    place: 'nowhere',
    remedy: 'It is tried again and finds the project then.',
  },
  'project.value-missing': {
    means: 'a template of the attachment asks for what the SBOM does not have',
    place: 'options',
    remedy: 'Change the template, or let the SBOM name its main component.',
  },
  'project.name-blank': NAME,
  'project.name-too-long': NAME,
  'project.version-too-long': NAME,
  'import.failed': {
    means: 'Dependency-Track took the SBOM and failed inside',
    place: 'receiver',
    remedy: 'Look for the token in its log, then retry.',
  },
  'project.gone': {
    means: 'the project was deleted while the SBOM was imported',
    place: 'receiver',
    remedy: 'Retry creates it again; skip it where that was meant.',
  },
  'receipt.invalid': {
    means: 'what was remembered of the upload cannot be read',
    place: 'nowhere',
    remedy: 'Retry: it is sent again.',
  },
} as const satisfies Record<string, CodeMeaning>;
