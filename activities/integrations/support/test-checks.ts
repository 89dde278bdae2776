import { DeliveryError, type TestCheck } from '../define.ts';

export const passed = (name: string, detail: string): TestCheck => ({ name, outcome: 'ok', detail });
export const warned = (name: string, detail: string, remedy: string): TestCheck => ({
  name,
  outcome: 'warn',
  detail,
  remedy,
});
export const failed = (name: string, detail: string, remedy: string): TestCheck => ({
  name,
  outcome: 'fail',
  detail,
  remedy,
});
export const skipped = (name: string, detail: string): TestCheck => ({ name, outcome: 'skipped', detail });

/**
 * Runs one check; a `DeliveryError` becomes a failed check, anything else is a bug and is thrown on. What lies on the road
 * to a receiver has its own remedy; `remedy` is for what the receiver itself finds wrong.
 */
export async function attempt(name: string, remedy: string, check: () => Promise<TestCheck[]>): Promise<TestCheck[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof DeliveryError) return [failed(name, error.message, ON_THE_ROAD[roadOf(error.code)] ?? remedy)];
    throw error;
  }
}

const ON_THE_ROAD: Readonly<Record<string, string>> = {
  'dns.not-found': "correct the host name of the URL, or make it known to the workers' name server",
  'dns.failed': 'see why the name server of the workers does not answer, and test again',
  'address.refused': 'correct the URL, or add the range of the address to `allow` of the destination',
  'network.failed': 'see that the receiver runs, listens on this port, and that a firewall lets the workers through',
  'network.timeout': 'see why the receiver does not answer; where it is only slow, raise `limits.timeout`',
  'tls.failed':
    "renew the receiver's certificate, or give its authority as `tlsCa`; it must be made out for the host name of the URL",
  'http.3xx': 'set the URL to where the receiver really is',
  'http.404': 'correct the path of the URL: the host answers, and has nothing there',
  'http.405': 'correct the path of the URL: what is there takes no such request',
  'http.407': 'take the proxy out of the way: Waybill uses none',
  'http.429': 'the receiver asks for fewer requests: test again later, or set `limits.ratePerSecond`',
  'http.5xx': 'see what is wrong with the receiver, and test again when it is well',
};

const roadOf = (code: string): string => (/^http\.[35]\d\d$/.test(code) ? `${code.slice(0, 6)}xx` : code);
