import { join } from 'node:path'
import { storeSuite } from '@sessionkeep/conformance'
import { describe, expect, test } from 'vitest'
import { built } from '../../../../test/support/built.ts'
import { openDatabase } from '../../src/engines/sqlite-database.ts'
import { keyvStore } from '../../src/index.ts'
import { hasSqlite } from '../support/prerequisites.ts'
import { inSqliteHome } from '../support/sqlite-home.ts'

const fileOf = ({ directory }: { directory: string }) => join(directory, 'sessions.db')

/** Locks the file like another program: nothing can be read or written until it is released. */
async function seized(file: string) {
  const other = await openDatabase(file, { create: false, busyMs: 0 })
  await other.exec('BEGIN EXCLUSIVE')
  return () => other.close()
}

describe.skipIf(!hasSqlite)('SQLite (needs npm run prepare:sqlite)', () => {
  const program = built(join(import.meta.dirname, '../support/store-process.mjs'))
  inSqliteHome()

  storeSuite({ describe, test, expect }, 'keyv with SQLite', {
    capabilities: { durability: 'power', retains: true, shared: false },
    create: (place) => keyvStore({ uri: `sqlite://${fileOf(place)}`, namespace: place.id, timeoutMs: 20_000 }),
    process: program,
    timeoutMs: 60_000,
    cause: {
      outage: (place) => seized(fileOf(place)),
      hang: (place) => seized(fileOf(place)),
      async unreadable(place, name) {
        const other = await openDatabase(fileOf(place), { create: false, busyMs: 1000 })
        await other.all('UPDATE keyv SET value = ? WHERE key = ?', '{"value":{"torn', `${place.id}:-:${name}`)
        await other.close()
      },
    },
    onReport: ({ level, clauses }) => {
      expect(clauses.filter(({ outcome }) => outcome === 'not tried')).toEqual([])
      expect(level).toBe('gold')
    },
  })

  storeSuite({ describe, test, expect }, 'keyv with SQLite in memory', {
    capabilities: { durability: 'none', retains: true, shared: false },
    create: () => keyvStore({ uri: 'sqlite://:memory:' }),
  })
})
