import { z } from 'zod';
import { DeliveryError } from '../../define.ts';
import { parseAs } from '../parse.ts';
import type { MainComponent } from './project.ts';

const Bom = z.looseObject({
  bomFormat: z.unknown().optional(),
  specVersion: z.unknown().optional(),
  metadata: z
    .looseObject({
      component: z
        .looseObject({ name: z.string().optional(), version: z.string().optional() })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});
const ALWAYS = ['1.2', '1.3', '1.4', '1.5', '1.6'];

/** A server's version as numbers; undefined where it did not tell. */
export type ServerVersion = { major: number; minor: number; text: string } | undefined;

/**
 * Looks at a CycloneDX document before it is sent. The server would answer a truncated one with 500, which looks
 * transient and is not, and create the empty project all the same. Throws with scope `delivery`.
 */
export function checkBom(bytes: Buffer, server: ServerVersion): MainComponent {
  const bom = parseAs(Bom, bytes.toString('utf8').replace(/^\uFEFF/, ''));
  if (bom === undefined) throw refuse('bom.not-json', 'expected a CycloneDX document in JSON, got no JSON object');
  if (bom.bomFormat !== 'CycloneDX')
    throw refuse('bom.not-cyclonedx', `expected bomFormat "CycloneDX", got ${quote(bom.bomFormat)}`);
  if (!isAccepted(bom.specVersion, server)) {
    const from = server ? `Dependency-Track ${server.text}` : 'this Dependency-Track';
    const hint = bom.specVersion === '1.7' ? '; 1.7 needs Dependency-Track 5.1: upgrade it, then retry' : '';
    const found = quote(bom.specVersion);
    throw refuse('bom.spec-version', `expected specVersion 1.2 to 1.6 for ${from}, got ${found}${hint}`);
  }
  return bom.metadata?.component ?? {};
}

function isAccepted(specVersion: unknown, server: ServerVersion): boolean {
  if (typeof specVersion !== 'string') return false;
  if (ALWAYS.includes(specVersion)) return true;
  return (
    specVersion === '1.7' && server !== undefined && (server.major > 5 || (server.major === 5 && server.minor >= 1))
  );
}

const refuse = (code: string, message: string): DeliveryError => new DeliveryError('delivery', code, message);
const quote = (value: unknown): string => JSON.stringify(value)?.slice(0, 40) ?? 'nothing';
