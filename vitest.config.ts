import { availableParallelism } from 'node:os'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const CORE = 'packages/core/test/**/*.test.ts'

export default defineConfig({
  // Tests import the sources of the other packages, never a stale build.
  ssr: { resolve: { conditions: ['@sessionkeep/source', ...defaultServerConditions] } },
  test: {
    setupFiles: ['test/setup/random-tests.ts'],
    // They end what hangs, and measure nothing: a busy machine may need many times as long as an idle one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Much of what is tested waits: for a server to start, a process to end, a disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [CORE, '**/node_modules/**'],
        },
      },
      // A hundred small files in virtual time: most of their time would go into importing core again for each.
      { extends: true, test: { name: 'core', include: [CORE], isolate: false } },
    ],
  },
})
