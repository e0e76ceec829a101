import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storeSuite } from '@sessionkeep/conformance'
import { describe, expect, test } from 'vitest'
import { unstorageStore } from '../src/index.ts'
import { BASE, FS, MEMORY } from './support/profiles.ts'

/** The time-out of a clause, ms: on a busy machine or disk one may take long. */
const PATIENCE_MS = 120_000

storeSuite({ describe, test, expect }, 'unstorage with fs', {
  timeoutMs: PATIENCE_MS,
  capabilities: FS,
  create: ({ directory }) => unstorageStore('fs', { base: join(directory, BASE) }, FS),
  cause: {
    // A file in place of the directory.
    outage({ directory }) {
      const base = join(directory, BASE)
      renameSync(base, `${base}-away`)
      writeFileSync(base, '')
      return () => {
        rmSync(base)
        renameSync(`${base}-away`, base)
      }
    },
    unreadable: ({ directory }, name) => writeFileSync(join(directory, BASE, 'ground', 'live', name), '{ torn'),
  },
})

storeSuite({ describe, test, expect }, 'unstorage with memory', {
  timeoutMs: PATIENCE_MS,
  capabilities: MEMORY,
  create: () => unstorageStore('memory', {}, MEMORY),
})
