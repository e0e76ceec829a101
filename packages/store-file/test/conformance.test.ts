import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { storeSuite } from '@sessionkeep/conformance'
import { describe, expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { fileStore } from '../src/index.ts'

/** The time-out of a clause, ms: on a busy machine or disk one may take long. */
const PATIENCE_MS = 120_000

const here = dirname(fileURLToPath(import.meta.url))
const inside = ({ directory }: { directory: string }) => join(directory, 'sessions')

storeSuite({ describe, test, expect }, 'file without the journal', {
  timeoutMs: PATIENCE_MS,
  capabilities: { durability: 'power', retains: true, shared: false },
  create: (place) => fileStore({ directory: inside(place), journal: false }),
  process: built(join(here, 'support', 'store-process.mjs')),
  cause: {
    // A file in place of the directory, as when a volume is missing and another program wrote there.
    outage(place) {
      const away = `${inside(place)}-away`
      renameSync(inside(place), away)
      writeFileSync(inside(place), '')
      return () => {
        rmSync(inside(place))
        renameSync(away, inside(place))
      }
    },
    unreadable: (place, name) => writeFileSync(join(inside(place), `${name}.json`), '{ torn'),
  },
})

storeSuite({ describe, test, expect }, 'file without fsync', {
  timeoutMs: PATIENCE_MS,
  capabilities: { durability: 'process', retains: true, shared: false },
  create: (place) => fileStore({ directory: inside(place), durability: 'process' }),
})

storeSuite({ describe, test, expect }, 'file', {
  timeoutMs: PATIENCE_MS,
  capabilities: { durability: 'power', retains: true, shared: false },
  create: (place) => fileStore({ directory: inside(place) }),
  process: built(join(here, 'support', 'store-process-journal.mjs')),
})
