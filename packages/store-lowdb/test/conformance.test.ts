import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storeSuite } from '@sessionkeep/conformance'
import { describe, expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { lowdbStore } from '../src/index.ts'

/** The time-out of a clause, ms: on a busy machine or disk one may take long. */
const PATIENCE_MS = 120_000

const inside = ({ directory }: { directory: string }) => join(directory, 'kept')
const fileOf = (place: { directory: string }) => join(inside(place), 'sessions.json')

storeSuite({ describe, test, expect }, 'lowdb', {
  timeoutMs: PATIENCE_MS,
  capabilities: { durability: 'power', retains: true, shared: false },
  create: (place) => lowdbStore({ file: fileOf(place) }),
  process: built(join(import.meta.dirname, 'support', 'store-process.mjs')),
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
    unreadable(place, name) {
      const document = JSON.parse(readFileSync(fileOf(place), 'utf8'))
      document.records[name] = 'no object'
      writeFileSync(fileOf(place), JSON.stringify(document))
    },
  },
})

storeSuite({ describe, test, expect }, 'lowdb without fsync', {
  timeoutMs: PATIENCE_MS,
  capabilities: { durability: 'process', retains: true, shared: false },
  create: (place) => lowdbStore({ file: fileOf(place), durability: 'process' }),
})
