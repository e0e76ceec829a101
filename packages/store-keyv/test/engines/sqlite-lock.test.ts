import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/engines/sqlite-database.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { hasSqlite } from '../support/prerequisites.ts'
import { inSqliteHome } from '../support/sqlite-home.ts'

/** The inodes that this process has locks on. Only Linux lists them. */
function locks(): number[] | undefined {
  if (process.platform !== 'linux') return undefined
  const lines = readFileSync('/proc/locks', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, , , , pid, file] = line.split(/ +/)
    return Number(pid) === process.pid ? [Number(file?.split(':')[2])] : []
  })
}

describe.skipIf(!hasSqlite)('the lock of a SQLite file (needs npm run prepare:sqlite)', () => {
  inSqliteHome()
  let directory: string
  const at = (name: string) => ({ uri: `sqlite://${join(directory, name)}` })
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyv-sqlite-lock-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  test('a file that is opened again in one process keeps every lock that the process has on it', async () => {
    const owner = 'gateway'
    await openedStore(at('again.db'), { owner })
    const before = locks() ?? []
    expect(await rejection(madeStore(at('again.db')).open?.(contextOf({ owner })))).toMatchObject({
      code: 'STORE_LOCKED',
    })
    const other = await openedStore(at('again.db'), { owner: 'other' })
    expect(locks() ?? []).toEqual(expect.arrayContaining(before))
    await other.close?.()
    expect((locks() ?? []).sort()).toEqual(before.sort())
  })

  test('an open() that was given up while another process wrote keeps no lock', async () => {
    await (await openedStore(at('given-up.db'))).close?.()
    const other = await openDatabase(join(directory, 'given-up.db'), { create: false, busyMs: 0 })
    await other.exec('BEGIN EXCLUSIVE')
    const caller = new AbortController()
    // Half of the time-out is how long a statement waits for the other process.
    const first = madeStore({ ...at('given-up.db'), timeoutMs: 120_000 })
    const given = rejection(first.open?.(contextOf({ owner: 'a', signal: caller.signal })))
    const isLocked = () => {
      const file = readdirSync(directory).find((name) => /^given-up\.db\.\w+\.lock$/.test(name))
      return file !== undefined && (locks()?.includes(statSync(join(directory, file)).ino) ?? true)
    }
    await vi.waitFor(() => expect(isLocked()).toBe(true), 30_000)
    caller.abort()
    await given
    await other.close()
    const next = madeStore(at('given-up.db'))
    await vi.waitFor(() => next.open?.(contextOf({ owner: 'a' })), 30_000)
  })

  test('pools of different owners write at once, and each is the only writer of its owner', async () => {
    const [one, two] = await Promise.all(
      ['a', 'b'].map((owner) => openedStore({ ...at('turns.db'), timeoutMs: 60_000 }, { owner, namespace: owner })),
    )
    const write = (store: typeof one) =>
      Promise.all(
        Array.from({ length: 50 }, (_, index) => store?.setMany(new Map([[`n${index}`, index]]), signalIn(60_000))),
      )
    await Promise.all([write(one), write(two)])
    for (const owner of ['a', 'b']) {
      const again = madeStore(at('turns.db'))
      expect(await rejection(again.open?.(contextOf({ owner, namespace: owner })))).toMatchObject({
        code: 'STORE_LOCKED',
        retryable: true,
      })
      const reader = await openedStore(
        { ...at('turns.db'), timeoutMs: 60_000 },
        { owner, namespace: owner, readOnly: true },
      )
      expect(await namesOf(reader)).toHaveLength(50)
    }
    const everyone = madeStore(at('turns.db'))
    expect(await rejection(everyone.open?.(contextOf()))).toMatchObject({ code: 'STORE_LOCKED' })
  })

  test('a link to the file counts as the same file', async () => {
    symlinkSync(join(directory, 'linked.db'), join(directory, 'link.db'))
    await openedStore(at('linked.db'), { owner: 'a' })
    expect(await rejection(madeStore(at('link.db')).open?.(contextOf({ owner: 'a' })))).toMatchObject({
      code: 'STORE_LOCKED',
    })
  })
})
