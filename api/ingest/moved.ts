import { move, transferableSymbol, valueSymbol } from 'piscina';

/** A value on its way to a thread or back, with buffers that are handed over and not copied. */
export const moved = (value: object, buffers: Iterable<ArrayBufferLike>): unknown =>
  move({ [transferableSymbol]: [...buffers], [valueSymbol]: value });
