import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy, type Fault, type FaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import type { Canaries } from './canaries.ts';
import type { Received } from './ledger.ts';
import type { ReceiverName, Schedule } from './schedule.ts';

/** What each receiver recognises a repeat by. */
export const DEDUPE = { hook: 'key', 'hook-tls': 'key', chat: 'none', dtrack: 'digest' } as const;

/** Four receivers, each behind a proxy that lets calls go wrong as the schedule says. */
export type LabReceivers = {
  urls: Readonly<Record<ReceiverName, string>>;
  /** Authority of `hook-tls`. */
  ca: string;
  received(): Received[];
  /** How often what went wrong, by kind; `none` counts the calls that passed. */
  faults(): Readonly<Record<string, number>>;
  /** Nothing goes wrong any more. */
  calm(): void;
  close(): Promise<void>;
};

/** `nowMs` since the traffic began; negative before. */
export async function startReceivers(
  schedule: Schedule,
  canaries: Canaries,
  nowMs: () => number,
): Promise<LabReceivers> {
  const [hook, tls, chat, dtrack] = await Promise.all([
    createWebhookReceiver(canaries.hook, { refusesRepeats: true }),
    createWebhookReceiver(canaries.tls),
    createWebhookReceiver(canaries.chat),
    createDependencyTrackStandIn({ apiKey: canaries.apiKey }),
  ]);
  const proxies: Record<ReceiverName, FaultProxy> = {
    hook: await createFaultProxy(hook.url),
    'hook-tls': await createFaultProxy(tls.url, { tls: true }),
    chat: await createFaultProxy(chat.url),
    dtrack: await createFaultProxy(dtrack.url),
  };
  const weather = createWeather(schedule, nowMs);
  for (const [name, proxy] of Object.entries(proxies) as [ReceiverName, FaultProxy][]) weather.over(name, proxy);
  const hooks = { hook, 'hook-tls': tls, chat };
  return {
    urls: {
      hook: `${proxies.hook.url}?token=${canaries.urlToken}`,
      'hook-tls': proxies['hook-tls'].url,
      chat: proxies.chat.url,
      dtrack: proxies.dtrack.url,
    },
    ca: proxies['hook-tls'].ca ?? '',
    received: () => [
      ...Object.entries(hooks).flatMap(([name, { calls }]) => receivedByHook(name, calls)),
      ...dtrack.ledger.flatMap((upload): Received[] =>
        upload.sha256 === undefined
          ? []
          : [
              {
                receiver: 'dtrack',
                at: upload.at,
                key: upload.sha256,
                about: { sha256: upload.sha256 },
                outcome: upload.status !== 200 ? 'refused' : upload.isRepeat ? 'repeat' : 'effect',
              },
            ],
      ),
    ],
    faults: weather.counts,
    calm: weather.calm,
    close: async () =>
      void (await Promise.all([...Object.values(proxies), hook, tls, chat, dtrack].map((it) => it.close()))),
  };
}

type Calls = Awaited<ReturnType<typeof createWebhookReceiver>>['calls'];

/** `chat` posts whatever comes; the others commit what is signed and new to them. */
function receivedByHook(name: string, calls: Calls): Received[] {
  const seen = new Set<string>();
  return calls
    .filter(({ id }) => !id.startsWith('test_'))
    .map(({ id, at, body, isSigned }) => {
      const isRepeat = seen.has(id) && name !== 'chat';
      if (isSigned) seen.add(id);
      const { data } = JSON.parse(body) as { data: { attestationId: string } };
      const outcome = isSigned ? (isRepeat ? 'repeat' : 'effect') : 'refused';
      return { receiver: name, at, key: id, about: { attestationId: data.attestationId }, outcome };
    });
}

const UNAUTHORIZED: Fault = { kind: 'status', status: 401, body: 'who are you?' };

function createWeather(schedule: Schedule, nowMs: () => number) {
  const counts = new Map<string, number>();
  let isCalm = false;
  const count = (kind: string) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const isSpell = (receiver: ReceiverName, kind: string) =>
    schedule.spells.some(
      (spell) => spell.receiver === receiver && spell.kind === kind && nowMs() >= spell.fromMs && nowMs() < spell.toMs,
    );
  return {
    counts: () => Object.fromEntries([...counts].sort()),
    calm: () => {
      isCalm = true;
    },
    over(receiver: ReceiverName, proxy: FaultProxy): void {
      let calls = 0;
      let handshakes = 0;
      proxy.always = () => {
        const drawn = nowMs() < 0 ? undefined : schedule.faultOf(receiver, calls++);
        const fault = isCalm ? undefined : isSpell(receiver, 'unauthorized') ? UNAUTHORIZED : drawn;
        count(fault === undefined ? 'none' : fault.kind === 'status' ? `${fault.status}` : fault.kind);
        return fault;
      };
      proxy.failsHandshake = () => {
        const drawn = nowMs() >= 0 && schedule.failsHandshake(receiver, handshakes++);
        const fails = !isCalm && (drawn || isSpell(receiver, 'tls'));
        if (fails) count('tls');
        return fails;
      };
    },
  };
}
