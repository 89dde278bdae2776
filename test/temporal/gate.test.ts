import { describe, expect, it } from 'vitest';
import { Gate } from '../../temporal/gate.ts';

const never = new AbortController().signal;
const settled = async (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);

describe('a gate', () => {
  it('is closed until its first limit is set', async () => {
    const gate = new Gate();
    expect(gate.tryReserveSlot()).toBeNull();
    const waiting = gate.reserveSlot(undefined, never);
    expect(await settled(waiting)).toBe(false);
    gate.setLimit(1);
    await waiting;
  });

  it('gives as many permits as its limit, and the next one when one comes back', async () => {
    const gate = new Gate();
    gate.setLimit(2);
    expect(gate.tryReserveSlot()).not.toBeNull();
    expect(gate.tryReserveSlot()).not.toBeNull();
    const third = gate.reserveSlot(undefined, never);
    expect(await settled(third)).toBe(false);
    gate.releaseSlot();
    await third;
  });

  it('takes nothing back when it is lowered, and gives nothing until enough came back', async () => {
    const gate = new Gate();
    gate.setLimit(3);
    for (let count = 0; count < 3; count += 1) gate.tryReserveSlot();
    gate.setLimit(1);
    gate.releaseSlot();
    gate.releaseSlot();
    expect(gate.tryReserveSlot()).toBeNull();
    gate.releaseSlot();
    expect(gate.tryReserveSlot()).not.toBeNull();
  });

  it('forgets a waiter who gave up, so that the permit goes to the next one', async () => {
    const gate = new Gate();
    gate.setLimit(0);
    const giveUp = new AbortController();
    const first = gate.reserveSlot(undefined, giveUp.signal);
    const second = gate.reserveSlot(undefined, never);
    giveUp.abort();
    await expect(first).rejects.toBe(giveUp.signal.reason);
    gate.setLimit(1);
    await second;
    expect(gate.tryReserveSlot()).toBeNull();
  });

  it('gives a waiter who is no longer wanted the reason as it came, so that the worker takes it for no fault', async () => {
    const reason = { from: 'the worker, which gives whatever it likes' };
    const giveUp = new AbortController();
    const waiting = new Gate().reserveSlot(undefined, giveUp.signal);
    giveUp.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('refuses a waiter whose signal was aborted before', async () => {
    await expect(new Gate().reserveSlot(undefined, AbortSignal.abort())).rejects.toThrow();
  });
});
