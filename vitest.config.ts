import { availableParallelism } from 'node:os'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests import the sources of the other packages, never a stale build.
  ssr: { resolve: { conditions: ['@sessionkeep/source', ...defaultServerConditions] } },
  test: {
    setupFiles: ['test/setup/random-tests.ts', 'test/setup/patience.ts'],
    // Generous, since other programs may keep the machine busy: a test that hangs is found all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Much of what is tested waits: for a server to start, a process to end, a disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // Core's tests share nothing but modules, which are then loaded once for all of them.
      { extends: true, test: { name: 'core', include: ['packages/core/test/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: {
          name: 'rest',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['packages/core/**', '**/node_modules/**'],
        },
      },
    ],
  },
})
