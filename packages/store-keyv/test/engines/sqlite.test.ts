import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract } from '../support/contract.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, within } from '../support/ground.ts'
import { sqliteHome } from '../support/prerequisites.ts'

describe.skipIf(!sqliteHome)('SQLite (needs npm run prepare:sqlite)', () => {
  const before = process.cwd()
  let directory: string
  const options = () => ({ uri: `sqlite://${join(directory, 'sessions.db')}` })
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyv-sqlite-'))
    process.chdir(sqliteHome ?? before)
  })
  afterAll(() => {
    process.chdir(before)
    rmSync(directory, { recursive: true, force: true })
  })

  contract(options)

  test('what was written is there for the next process, and two stores on one file take turns', async () => {
    const [one, two] = await Promise.all([openedStore(options()), openedStore(options())])
    const write = (store: typeof one, from: number) =>
      Promise.all(
        Array.from({ length: 50 }, (_, index) => store.setMany(new Map([[`turn-${from + index}`, index]]), within())),
      )
    await Promise.all([write(one, 0), write(two, 50)])
    expect((await namesOf(await openedStore(options()))).filter((name) => name.startsWith('turn-'))).toHaveLength(100)
  })

  test('a file declares power, memory declares none', async () => {
    expect((await openedStore(options())).capabilities).toEqual({ durability: 'power', retains: true, shared: false })
    const memory = await openedStore({ uri: 'sqlite://:memory:' })
    expect(memory.capabilities.durability).toBe('none')
    await memory.setMany(new Map([['a', 1]]), within())
    expect(await namesOf(memory)).toEqual(['a'])
  })

  test.each(['no such directory', 'not a database'])(
    '%s: one readable error, and nothing is written over',
    async (fault) => {
      const file = join(directory, fault === 'not a database' ? 'text.db' : 'absent/sessions.db')
      if (fault === 'not a database')
        writeFileSync(file, 'someone else’s text, long enough to be read as a header of a file')
      const error = await rejection(madeStore({ uri: `sqlite://${file}` }).open?.(contextOf()))
      expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
      expect(error.message).toContain(file)
    },
  )
})
