import { afterAll, describe, expect, test } from 'vitest'
import { storeClauses } from '../src/store/store-clauses.ts'
import { aliases } from './broken/aliases.ts'
import { capabilities } from './broken/capabilities.ts'
import { deletes } from './broken/deletes.ts'
import { endLeaks, leaks } from './broken/leaks.ts'
import { lifeCycles } from './broken/life-cycles.ts'
import { lists } from './broken/lists.ts'
import { names } from './broken/names.ts'
import { records } from './broken/records.ts'
import { stalls } from './broken/stalls.ts'
import { transitions } from './broken/transitions.ts'
import { writes } from './broken/writes.ts'
import { exclusiveStore } from './support/exclusive-store.ts'
import { livingStore, startSessions } from './support/living-store.ts'
import { failedIn, runStoreSuite } from './support/run-suite.ts'
import { soundCauses, soundStore } from './support/sound-store.ts'

const SOUND = { durability: 'process', retains: true, shared: false } as const
const broken = [
  aliases,
  capabilities,
  deletes,
  leaks,
  lifeCycles,
  lists,
  names,
  records,
  stalls,
  transitions,
  writes,
].flat()

afterAll(endLeaks)

describe('storeSuite()', () => {
  test('finds nothing wrong with a sound store', async () => {
    const report = await runStoreSuite('sound', { capabilities: SOUND, create: soundStore, cause: soundCauses })
    expect(failedIn(report)).toEqual([])
    expect(report.clauses.filter(({ outcome }) => outcome === 'not run')).toEqual([])
    expect(report.level).toBe('bronze')
  })

  test('finds nothing wrong with a sound store of live sessions only', async () => {
    const declared = { ...SOUND, liveOnly: true }
    const options = { capabilities: declared, cause: soundCauses, prepare: startSessions }
    const report = await runStoreSuite('living', { ...options, create: (place) => livingStore(place) })
    expect(failedIn(report)).toEqual([])
  })

  test('finds nothing wrong with a sound store whose backend admits one opening at a time', async () => {
    const report = await runStoreSuite('exclusive', {
      capabilities: SOUND,
      create: exclusiveStore,
      cause: soundCauses,
    })
    expect(failedIn(report)).toEqual([])
  })

  test('has for every clause a broken store that it finds', () => {
    const tested = new Set(broken.flatMap(({ foundBy, alsoBreaks = [] }) => [foundBy, ...alsoBreaks]))
    // The clauses about several processes are tested in processes.test.ts.
    const ids = storeClauses.map(({ id }) => id).filter((id) => !id.startsWith('processes.'))
    expect(ids.filter((id) => !tested.has(id))).toEqual([])
  })

  for (const {
    fault,
    foundBy,
    message = /./,
    alsoBreaks = [],
    capabilities: declared = SOUND,
    create,
    prepare,
  } of broken) {
    test(`${foundBy} finds a store that ${fault}`, async () => {
      const options = { capabilities: declared, create, cause: soundCauses, ...(prepare && { prepare }) }
      const report = await runStoreSuite('broken', options)
      expect(failedIn(report).sort()).toEqual([foundBy, ...alsoBreaks].sort())
      expect(report.clauses.find(({ id }) => id === foundBy)?.reason).toMatch(message)
      expect(report.level).toBe('none')
    })
  }
})
