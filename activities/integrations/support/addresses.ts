import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressVerdict = { ok: true } | { ok: false; reason: string };
export type UrlVerdict =
  | { ok: true; url: URL }
  | { ok: false; code: 'url.invalid' | 'address.refused'; message: string };

/** Everything an IPv6 host may have in public; whatever lies outside is local, reserved or a translation. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** Instance metadata and host agents of the clouds: they hand out credentials, so a wide range never opens them. */
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
].map((ip) => ipaddr.parse(ip));

/**
 * Whether a destination may be reached at this address: public unicast, or inside one of the `allow` ranges (CIDR).
 * A metadata address needs an entry of its own (`/32`, `/128`). An IPv4 address wrapped in IPv6 (mapped, NAT64, 6to4…)
 * needs its IPv6 range in `allow`, and the address inside must pass by itself. Pure; throws on a malformed range.
 */
export function checkAddress(ip: string, allow: readonly string[]): AddressVerdict {
  if (isIP(ip) === 0) return { ok: false, reason: `expected an IP address, got ${JSON.stringify(ip)}` };
  const address = ipaddr.parse(ip);
  const ranges = allow.map(parseRange);
  const covering = ranges.filter(([base, bits]) => covers(base, bits, address));
  if (METADATA.some((metadata) => covers(metadata, bitsOf(metadata), address))) {
    if (covering.some(([base, bits]) => bits === bitsOf(base))) return { ok: true };
    return { ok: false, reason: `${ip} is a cloud metadata address` };
  }
  const inner = embeddedIpv4(address);
  if (inner) {
    if (covering.length === 0) return { ok: false, reason: `${ip} wraps the IPv4 address ${inner}` };
    const verdict = checkAddress(inner, allow);
    return verdict.ok ? verdict : { ok: false, reason: `${ip} wraps an IPv4 address: ${verdict.reason}` };
  }
  if (covering.length > 0 || isPublic(address)) return { ok: true };
  return { ok: false, reason: `${ip} is not a public address (${describeRange(address)})` };
}

/**
 * Whether a URL may be registered or called, as far as its text tells: http(s), no credentials in it, and a literal
 * address (in any notation) or `localhost` only where `allow` says so. Names are checked again once resolved.
 */
export function checkDestinationUrl(text: string | URL, allow: readonly string[]): UrlVerdict {
  if (!URL.canParse(String(text))) return invalid('expected an absolute http or https URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return invalid(`expected an http or https URL, got the scheme ${url.protocol.slice(0, -1)}`);
  if (url.username !== '' || url.password !== '')
    return invalid('expected a URL without user name and password; credentials belong into the secrets');
  url.hostname = url.hostname.replace(/\.+$/, '');
  const refusal = literalsOf(url.hostname)
    .map((ip) => checkAddress(ip, allow))
    .find((verdict) => !verdict.ok);
  if (refusal === undefined || refusal.ok) return { ok: true, url };
  return { ok: false, code: 'address.refused', message: `${refusal.reason}; ${HOW_TO_ALLOW}` };
}

/** Ends every message about a refused address. */
export const HOW_TO_ALLOW = "if that is meant, add its range to the destination's `allow` list";

const invalid = (message: string): UrlVerdict => ({ ok: false, code: 'url.invalid', message });

function literalsOf(hostname: string): string[] {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return [host];
  return host === 'localhost' || host.endsWith('.localhost') ? ['127.0.0.1'] : [];
}

function parseRange(cidr: string): [Address, number] {
  const [ip = '', bits] = cidr.split('/');
  if (isIP(ip) === 0 || ip.includes('%') || (bits !== undefined && !ipaddr.isValidCIDR(cidr)))
    throw new Error(`allow: expected a range such as 10.0.0.0/8, got ${JSON.stringify(cidr)}`);
  const base = ipaddr.parse(ip);
  return [base, bits === undefined ? bitsOf(base) : Number(bits)];
}

const bitsOf = (address: Address): number => (address.kind() === 'ipv4' ? 32 : 128);
const covers = (base: Address, bits: number, address: Address): boolean =>
  base.kind() === address.kind() && address.match(base, bits);

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));
const describeRange = (address: Address): string => (address.range() === 'unicast' ? 'reserved' : address.range());

/** The IPv4 address inside `::/96`, `::ffff:0:0/96`, `::ffff:0:0:0/96`, `64:ff9b::/96`, `2002::/16` and ISATAP. */
function embeddedIpv4(address: Address): string | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const last = `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`;
  if (a === 0x2002) return `${b >> 8}.${b & 255}.${c >> 8}.${c & 255}`;
  if (a === 0x64 && b === 0xff9b && c + d + e + f === 0) return last;
  if ((e === 0 || e === 0x200) && f === 0x5efe) return last;
  if (a + b + c + d !== 0) return undefined;
  if ((e === 0 && f === 0xffff) || (e === 0xffff && f === 0)) return last;
  return e === 0 && f === 0 && g !== 0 ? last : undefined;
}
