import type { ApiDeps } from '../deps.ts';

export type Told = Pick<ApiDeps, 'log'> & { engine: Pick<ApiDeps['engine'], 'startReplay'> };

/** Has a replay's workflow look at what was written down. Best effort: the sweeper repeats it. */
export const tell = ({ engine, log }: Told, id: string): Promise<void> =>
  engine.startReplay(id).catch((err: unknown) => {
    log.warn({ err, replay: id }, 'workflow of a replay not told; the sweeper will');
  });
