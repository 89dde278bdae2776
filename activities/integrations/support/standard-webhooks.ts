import { Webhook } from 'standardwebhooks';
import { DeliveryError } from '../define.ts';

/**
 * Headers of the Standard Webhooks specification: `id` constant over attempts, the time of this attempt, and one
 * signature per secret, so that receivers can change over from one secret to the next.
 */
export function signedHeaders(secrets: readonly string[], id: string, at: Date, body: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => signerFor(secret.trim()).sign(id, at, body)).join(' '),
  };
}

function signerFor(secret: string): Webhook {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length;
  if (!secret.startsWith('whsec_') || bytes < 24 || bytes > 64)
    throw new DeliveryError(
      'destination',
      'settings.invalid',
      'expected a signing secret of the form `whsec_` and base64 of 24 to 64 bytes; make one with: echo "whsec_$(openssl rand -base64 32)"',
    );
  return new Webhook(secret);
}
