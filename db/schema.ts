/** The tables, by noun. `README.md` says which of them answers which question. */
export * from './schema/attestations.ts';
export * from './schema/deliveries.ts';
export * from './schema/replays.ts';
export * from './schema/resources.ts';
export * from './schema/system.ts';
