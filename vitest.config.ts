import { availableParallelism } from 'node:os'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { SlowFilesFirst } from './test/support/slow-files-first.ts'

/**
 * Tests in virtual time. Not those of the package selection: they import store packages, and an import that is under way
 * when its file ends fails for all files that share it.
 */
const SHARING = [
  'packages/contracts/test/{base,record}/**/*.test.ts',
  'packages/core/test/{base,discovery,pool,replication,sessions}/**/*.test.ts',
]

/**
 * Tests with real servers, disks and processes depend on a machine that others use too, so each has a second attempt, and
 * `npm test` names those that needed it. A failure that names a seed is final: the next attempt would draw other cases.
 */
const SECOND_ATTEMPT = { count: 1, condition: /^(?!.*seed)/is }

/** Node does not know the condition `module`: what a library has under it is for bundlers, and may not run in Node. */
const conditions = defaultServerConditions.filter((condition) => condition !== 'module')

export default defineConfig({
  // Tests import the sources of the other packages, never a stale build.
  ssr: { resolve: { conditions: ['@sessionkeep/source', ...conditions] } },
  test: {
    // Pools of tests that are given no logger tell of faults alone.
    env: { SESSIONKEEP_LOG_LEVEL: 'warn' },
    globalSetup: ['test/setup/home.ts'],
    setupFiles: ['test/setup/disk.ts', 'test/setup/random-tests.ts', 'test/setup/patience.ts'],
    // Generous, since other programs may keep the machine busy: a test that hangs is found all the same.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The default of one second would measure the machine.
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // Much of what is tested waits: for a server to start, a process to end, a disk.
    maxWorkers: availableParallelism() + 3,
    sequence: { sequencer: SlowFilesFirst },
    projects: [
      // The files of this project share the modules that they import, so that core is loaded once and not a hundred times.
      { extends: true, test: { name: 'core', include: SHARING, isolate: false, setupFiles: ['test/setup/pace.ts'] } },
      {
        extends: true,
        test: {
          name: 'rest',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...SHARING, '**/node_modules/**'],
          retry: SECOND_ATTEMPT,
        },
      },
    ],
  },
})
