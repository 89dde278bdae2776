/** Where something has to be mended before a delivery goes on. `nowhere`: time heals it. */
export type Place =
  | 'secret'
  | 'settings'
  | 'options'
  | 'receiver'
  | 'network'
  | 'document'
  | 'store'
  | 'code'
  | 'nowhere';

/** What a cause's code means, and what mends it: a sentence each. */
export type CodeMeaning = { means: string; place: Place; remedy: string };

const CREDENTIALS: CodeMeaning = {
  means: 'the receiver refuses the credentials, or what they may do',
  place: 'secret',
  remedy: "Put a valid key where the destination's secret comes from, or grant what its owner lacks.",
};
const REFUSED: CodeMeaning = {
  means: 'the receiver refuses this document',
  place: 'document',
  remedy: "Read the receiver's answer in the attempt. Mend the receiver or its settings, or skip it.",
};
const AWAY: CodeMeaning = {
  means: 'the receiver is away or in trouble',
  place: 'nowhere',
  remedy: 'It is tried again for 14 days. When it stays away for hours, look after the receiver.',
};
const NOT_HERE: CodeMeaning = {
  means: 'there is nothing of this kind at this address',
  place: 'settings',
  remedy: 'Correct the URL of the destination.',
};

/** Codes that any integration can bring about. What stands behind `http.` is the receiver's status. */
export const COMMON_CODES = {
  'http.3xx': {
    means: 'the receiver is elsewhere, and redirects are not followed',
    place: 'settings',
    remedy: 'Set the URL to where it really is.',
  },
  'http.401': CREDENTIALS,
  'http.403': CREDENTIALS,
  'http.407': CREDENTIALS,
  'http.404': NOT_HERE,
  'http.405': NOT_HERE,
  'http.408': AWAY,
  'http.410': {
    means: 'the receiver is gone for good',
    place: 'settings',
    remedy: 'Point the destination to what replaces it, or delete its attachments and skip what is left.',
  },
  'http.425': AWAY,
  'http.429': {
    means: 'the receiver asks for fewer requests',
    place: 'nowhere',
    remedy: 'It is tried again when the receiver says. If it goes on, set `limits.ratePerSecond` of the destination.',
  },
  'http.4xx': REFUSED,
  'http.5xx': AWAY,
  'receipt.secret': {
    means: 'the receiver answered with a secret of the destination where its receipt should be',
    place: 'receiver',
    remedy: 'Find out why it gives away the secret, replace the secret, then retry.',
  },
  'network.timeout': AWAY,
  'network.failed': AWAY,
  'network.cancelled': {
    means: 'the attempt took too long, or its worker was stopped',
    place: 'nowhere',
    remedy: 'It is tried again. If it goes on, the receiver needs longer than `limits.timeout` of the destination.',
  },
  'dns.failed': {
    means: 'the host name could not be resolved at that moment',
    place: 'nowhere',
    remedy: "It is tried again. If it goes on, look after the workers' name server.",
  },
  'dns.not-found': {
    means: 'the host name does not exist',
    place: 'settings',
    remedy: 'Check the URL of the destination, and the name server of the workers.',
  },
  'tls.failed': {
    means: "the receiver's certificate is not trusted",
    place: 'network',
    remedy: "Renew the receiver's certificate, or give its authority as `tlsCa` of the destination.",
  },
  'address.refused': {
    means: 'the address is private, and the destination does not allow it',
    place: 'settings',
    remedy: "Check the URL. A private range must stand in the destination's `allow`.",
  },
  'url.invalid': {
    means: 'the URL cannot be called',
    place: 'settings',
    remedy: 'Correct the URL of the destination: http or https, without user name and password.',
  },
  'request.invalid': {
    means: 'a setting or secret cannot be sent',
    place: 'settings',
    remedy: 'Look for line breaks and other control characters in the settings and secrets of the destination.',
  },
  'settings.invalid': {
    means: 'settings, secrets or options do not fit the integration',
    place: 'settings',
    remedy: 'Apply the corrected destination or attachment; the message names what does not fit.',
  },
  'secret.unavailable': {
    means: 'a worker cannot open a secret',
    place: 'secret',
    remedy:
      'The message names the variable or file that every worker needs. A variable needs a restart of the workers.',
  },
  'material.none': {
    means: 'the integration asks for bytes where there are none',
    place: 'code',
    remedy: 'Report it with the message of the attempt.',
  },
  'material.too-large': {
    means: "the material is larger than the destination's limit",
    place: 'settings',
    remedy: 'Raise `limits.maxBytes` of the destination where the receiver takes more, or skip it.',
  },
  'store.missing': {
    means: 'its bytes are not in the store',
    place: 'store',
    remedy: 'Restore them from a backup, or send the attestation again with them.',
  },
  'store.failed': {
    means: 'the store could not be read',
    place: 'store',
    remedy:
      'Look at the disk and the rights of the folder `store` on the host of the workers; their log has the cause.',
  },
  'answer.too-large': {
    means: 'the receiver answered more than the integration expects',
    place: 'receiver',
    remedy: 'Check that the URL leads to the receiver and not to a page in front of it; else report it.',
  },
  'integration.bug': {
    means: 'the integration failed in a way it does not know',
    place: 'code',
    remedy: 'Report it with the message of the attempt.',
  },
  'attempt.lost': {
    means: 'its worker died in the middle of the attempt; blocked, when five did in a row',
    place: 'code',
    remedy:
      "Read the end of the workers' logs: was one killed, or ran it out of memory with this delivery? Mend that, then retry.",
  },
  unconfirmed: {
    means: 'the receiver took it and never confirmed it',
    place: 'receiver',
    remedy: 'Look for it at the receiver. Retry sends it again; skip it where it has arrived.',
  },
} as const satisfies Record<string, CodeMeaning>;

/**
 * What a code means: what the integration says of its own codes comes first. Undefined for a code that this version does
 * not know, such as one that an integration had before.
 */
export function meaningOf(
  code: string,
  ofIntegration: Readonly<Record<string, CodeMeaning>> = {},
): CodeMeaning | undefined {
  const status = /^http\.(\d)\d\d$/.exec(code)?.[1];
  const names = status === undefined ? [code] : [code, `http.${status}xx`];
  for (const codes of [ofIntegration, COMMON_CODES as Readonly<Record<string, CodeMeaning>>]) {
    for (const name of names) if (Object.hasOwn(codes, name)) return codes[name];
  }
  return undefined;
}
