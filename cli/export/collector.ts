import type { Client } from '../client.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Folder } from './folder.ts';

/** What is not in the archive, and why. */
export type Missing = { what: string; code?: string; reason: string };

/** Where evidence comes from and goes to. */
export type Collector = {
  client: Client;
  folder: Folder;
  missing: Missing[];
  /** Takes the step; a refusal is noted as missing, anything else ends the command. */
  unlessRefused(what: string, step: () => Promise<void>): Promise<void>;
  /** Tells how far a large download is, in bytes. */
  progress(what: string, size: number, of: number): void;
};

export function createCollector(client: Client, folder: Folder, progress: Collector['progress']): Collector {
  const missing: Missing[] = [];
  return {
    client,
    folder,
    missing,
    progress,
    async unlessRefused(what, step) {
      try {
        await step();
      } catch (error) {
        if (!(error instanceof CliError && error.exit === EXIT.refused)) throw error;
        missing.push({ what, ...(error.code && { code: error.code }), reason: error.message });
      }
    },
  };
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const unique = <T>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];
