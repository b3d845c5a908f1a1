import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    environment: 'node',
    // Processes rather than threads, so that a test can kill its worker's children, signals and all.
    pool: 'forks',
    // Each integration test runs servers beside it: more of them than this starve each other on a small machine.
    maxWorkers: 2,
    allowOnly: false,
    // All that a handler can log: dev/test.ts looks whether it shows a secret.
    // POWERTOOLS_DEV lets the logger write to the console that vitest sees.
    env: { LOG_LEVEL: 'DEBUG', POWERTOOLS_DEV: 'true' },
    projects: [
      {
        extends: true,
        // Property tests of a second take six on a busy machine, and how fast it is proves nothing.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          // One after the other, and after all else: they time what happens.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 600_000,
          expect: { poll: { timeout: 10_000 } },
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
