import { randomBytes } from 'node:crypto';

/** Secrets that are looked for everywhere in the end: each is told from anything else that could stand somewhere. */
export type Canaries = ReturnType<typeof makeCanaries>;

export function makeCanaries() {
  const unique = () => `lab-canary-${randomBytes(9).toString('hex')}`;
  const signing = () => {
    const key = unique().padEnd(36, '-');
    return { secret: `whsec_${Buffer.from(key).toString('base64')}`, key };
  };
  const hook = signing();
  const tls = signing();
  const chat = signing();
  const urlToken = unique();
  const apiKey = `odt_${unique()}/+&=`;
  return {
    hook: hook.secret,
    tls: tls.secret,
    chat: chat.secret,
    urlToken,
    apiKey,
    /** All of them, keys also as they are inside of their encoding. */
    all: [hook, tls, chat].flatMap(({ secret, key }) => [secret, key]).concat(urlToken, apiKey),
  };
}

/** Where workers find the one secret that is not sealed. */
export const API_KEY_VARIABLE = 'WAYBILL_SECRET_LAB_API_KEY';
