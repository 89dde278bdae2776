import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Mirror } from '../../activities/roots/mirrors.ts';

const YEAR_MS = 365 * 24 * 3_600_000;
type Signer = { privateKey: KeyObject; keyid: string; key: object };
type Role = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'delegate';

/**
 * A TUF repository of one key per role, served on loopback as the publishers serve theirs: files below a folder are
 * delegated to a role of the folder's name, as Sigstore's repository does with npm's keys.
 */
export type TufRepository = {
  mirror: Mirror;
  /** Every path that was asked for. */
  asked: string[];
  /** Publishes these files as the next version, timestamp and all. */
  publish(files: Record<string, string>, options?: { expires?: Date; signedBy?: Signer }): void;
  /** The next root, with a new key for the timestamp, signed by the old root key. */
  rotate(): void;
  /** What is served now, by path: a test may change it, bring an older one back, or take it away. */
  served: Map<string, Buffer>;
  /** Answers nothing any more, while connections are taken. */
  hang(): void;
  close(): Promise<void>;
};

export const makeSigner = (): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
  return { privateKey, key, keyid: sha256(canonical(key)) };
};

/** Starts an empty one, its root published; close it in the end. */
export async function startTufRepository(): Promise<TufRepository> {
  const served = new Map<string, Buffer>();
  const asked: string[] = [];
  const signers: Record<Role, Signer> = {
    root: makeSigner(),
    timestamp: makeSigner(),
    snapshot: makeSigner(),
    targets: makeSigner(),
    delegate: makeSigner(),
  };
  const versions = { root: 0, published: 0 };
  let isHanging = false;
  const server = createServer(({ url = '/' }, response) => {
    asked.push(url);
    if (isHanging) return;
    const bytes = served.get(decodeURIComponent(url));
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  const put = (
    path: string,
    role: Role,
    fields: object,
    { expires = new Date(Date.now() + YEAR_MS), by = [role] } = {},
  ) => {
    const signed = {
      _type: role,
      spec_version: '1.0.31',
      expires: `${expires.toISOString().slice(0, 19)}Z`,
      ...fields,
    };
    const signatures = by.map((name) => signatureOf(signers[name], signed));
    served.set(path, Buffer.from(JSON.stringify({ signatures, signed })));
  };
  const publishRoot = () => {
    versions.root += 1;
    const { delegate: _, ...own } = signers;
    const all = Object.values(own);
    const roles = Object.entries(own).map(([role, { keyid }]) => [role, { keyids: [keyid], threshold: 1 }]);
    put(`/${versions.root}.root.json`, 'root', {
      version: versions.root,
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map(({ keyid, key }) => [keyid, key])),
      roles: Object.fromEntries(roles),
    });
  };
  publishRoot();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    served,
    mirror: { url: `http://127.0.0.1:${port}`, root: String(served.get('/1.root.json')) },
    publish(files, { expires, signedBy } = {}) {
      versions.published += 1;
      const version = versions.published;
      const options = expires ? { expires } : {};
      const folders: Record<string, Record<string, object>> = { '': {} };
      for (const [name, text] of Object.entries(files)) {
        const digest = sha256(text);
        const slash = name.lastIndexOf('/') + 1;
        const folder = name.slice(0, slash);
        folders[folder] ??= {};
        folders[folder][name] = { length: Buffer.byteLength(text), hashes: { sha256: digest } };
        served.set(`/targets/${folder}${digest}.${name.slice(slash)}`, Buffer.from(text));
      }
      const { '': targets, ...delegated } = folders;
      const names = Object.keys(delegated).map((folder) => folder.slice(0, -1));
      for (const name of names) {
        put(`/${version}.${name}.json`, 'delegate', { _type: 'targets', version, targets: delegated[`${name}/`] });
      }
      const { keyid, key } = signers.delegate;
      const role = { keyids: [keyid], threshold: 1, terminating: true };
      const delegations = {
        keys: { [keyid]: key },
        roles: names.map((name) => ({ ...role, name, paths: [`${name}/*`] })),
      };
      put(`/${version}.targets.json`, 'targets', { version, targets, ...(names.length > 0 && { delegations }) });
      const meta = Object.fromEntries(['targets', ...names].map((name) => [`${name}.json`, { version }]));
      put(`/${version}.snapshot.json`, 'snapshot', { version, meta });
      const own = signers.timestamp;
      if (signedBy) signers.timestamp = signedBy;
      put('/timestamp.json', 'timestamp', { version, meta: { 'snapshot.json': { version } } }, options);
      signers.timestamp = own;
    },
    rotate() {
      signers.timestamp = makeSigner();
      publishRoot();
    },
    hang() {
      isHanging = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const signatureOf = ({ privateKey, keyid }: Signer, signed: object) => ({
  keyid,
  sig: sign(null, Buffer.from(canonical(signed)), privateKey).toString('hex'),
});

/** OLPC canonical JSON, of values without control characters. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
