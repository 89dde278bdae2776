import type { SignatureVerification, VerificationStep } from '../verdict.ts';
import type { Refusal } from './refusal.ts';

type Code = VerificationStep['code'];
/** A step with what is true once it was passed. */
export type Told = { code: Code; message: string; outcome?: Exclude<VerificationStep['outcome'], 'not-reached'> };

/** The step at which verification ends with a refusal of this code; with any other, at the first. */
const ENDS_AT: Record<string, Code> = {
  'key.revoked': 'key-revocation',
  'key.out-of-scope': 'key-scope',
  'key.not-yet-valid': 'key-validity',
  'key.expired': 'key-validity',
  'x509.usage': 'usage',
  'x509.chain': 'chain',
  'x509.signature': 'signature',
  'x509.timestamp': 'time',
  'x509.expired': 'time',
  'bundle.certificate': 'chain',
  'bundle.certificate-timestamp': 'certificate-timestamp',
  'bundle.log': 'log',
  'bundle.log-body': 'log',
  'bundle.log-proof': 'log',
  'bundle.log-promise': 'log',
  'bundle.signature': 'signature',
  'bundle.public-key': 'key-validity',
  'bundle.time-unproven': 'time',
  'bundle.issuer': 'identity',
  'bundle.identity': 'identity',
};

/** All steps of a road that was walked to its end. */
export const passed = (road: readonly Told[]): VerificationStep[] =>
  road.map(({ code, message, outcome = 'passed' }) => ({ code, outcome, message }));

/** The steps of a road, in the order in which they are taken, up to the refusal that ended it. */
export const endedBy = (refusal: Refusal, road: readonly Told[]): VerificationStep[] => {
  const end = road.findIndex(({ code }) => code === ENDS_AT[refusal.code]);
  const at = Math.max(0, end);
  return [
    ...passed(road.slice(0, at)),
    ...road
      .slice(at, at + 1)
      .map(({ code }) => ({ code, outcome: 'failed' as const, message: capital(refusal.message) })),
    ...road.slice(at + 1).map(({ code }) => ({ code, outcome: 'not-reached' as const, message: NOT_REACHED })),
  ];
};

/** Refusals by a profile are written to stand behind its name. */
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const NOT_REACHED = 'Verification ended before.';

/** The library looks at bad evidence of time before anything else. */
export const timeFirst = ({ code }: Refusal, [form, ...road]: readonly Told[]): Told[] => {
  const isTime = (told: Told) => ENDS_AT[code] === 'time' && told.code === 'time';
  return [...(form ? [form] : []), ...road.filter(isTime), ...road.filter((told) => !isTime(told))];
};

/** How many steps were passed: of several roads, the one that led furthest explains best. */
export const reached = ({ steps }: SignatureVerification): number =>
  steps.filter(({ outcome }) => outcome === 'passed').length;
