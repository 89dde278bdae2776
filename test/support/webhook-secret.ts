import { randomBytes } from 'node:crypto';

/** A signing secret as the Standard Webhooks specification wants it. */
export const aWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
