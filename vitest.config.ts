import { availableParallelism } from 'node:os'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests import the sources of the other packages, never a stale build.
  ssr: { resolve: { conditions: ['@sessionkeep/source', ...defaultServerConditions] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/setup/random-tests.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Much of what is tested waits: for a server to start, a process to end, a disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
