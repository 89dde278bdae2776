import { defineConfig } from 'vitest/config';
import { Summary } from './test/support/summary.ts';

export default defineConfig({
  test: {
    // Temporal's native module crashes under worker threads.
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new Summary()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/temporal-server.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
