import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { keepProcesses } from './keeper.ts';

/** Something that runs or does not; its next starts fail as often as told. */
function aProcess(kind: 'api' | 'worker' | 'temporal', name: string) {
  const state = { isUp: true, failing: 0, kills: 0, starts: 0 };
  const kept = {
    name,
    kind,
    isUp: () => state.isUp,
    async kill() {
      state.kills += 1;
      state.isUp = false;
    },
    async start() {
      state.starts += 1;
      if (state.failing-- > 0) throw new Error('the port is taken');
      state.isUp = true;
    },
  };
  return { state, kept };
}

it('kills whom the schedule names, at its time, and starts it again', async () => {
  const [first, second] = [aProcess('worker', 'worker-1'), aProcess('worker', 'worker-2')];
  let now = 0;
  const kill = { atMs: 50, kind: 'worker' as const, which: 1, downMs: 1 };
  const keeper = keepProcesses([first.kept, second.kept], [kill], () => now);
  expect(second.state.kills).toBe(0);
  now = 50;
  await eventually(() => expect(keeper.killed).toMatchObject([{ process: 'worker-2', kind: 'worker' }]));
  await keeper.stop();
  expect(first.state).toMatchObject({ isUp: true, kills: 0, starts: 0 });
  expect(second.state).toMatchObject({ isUp: true, kills: 1, starts: 1 });
  expect(keeper.mishaps).toEqual([]);
});

it('starts again what ended by itself, until it runs, and says so', async () => {
  const { state, kept } = aProcess('api', 'api-1');
  const keeper = keepProcesses([kept], [], () => 0);
  state.failing = 1;
  state.isUp = false;
  await eventually(() => expect(state).toMatchObject({ isUp: true, starts: 2 }));
  await keeper.stop();
  expect(keeper.killed).toEqual([]);
  expect(keeper.mishaps).toMatchObject([
    { process: 'api-1', what: 'ended by itself' },
    { process: 'api-1', what: expect.stringContaining('the port is taken') },
  ]);
});
