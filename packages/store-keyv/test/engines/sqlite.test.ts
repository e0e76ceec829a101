import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingLogger } from '../../../disk/test/support/fixture.ts'
import { can } from '../../../disk/test/support/prerequisites.ts'
import { sqliteDriver } from '../../src/engines/sqlite.ts'
import { openDatabase } from '../../src/engines/sqlite-database.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'
import { leases } from '../support/leases.ts'
import { noRecords } from '../support/no-records.ts'
import { paging } from '../support/paging.ts'
import { hasSqlite } from '../support/prerequisites.ts'
import { inSqliteHome } from '../support/sqlite-home.ts'
import { targetOf } from '../support/target-of.ts'

/** Runs the work as another user, because root can write to files of any mode. */
async function asAnybody(task: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await task()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

describe.skipIf(!hasSqlite)('SQLite (needs npm run prepare:sqlite)', () => {
  inSqliteHome()
  let directory: string
  const at = (name: string) => ({ uri: `sqlite://${join(directory, name)}` })
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyv-sqlite-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  keyspace(() => at('keyspace.db'))
  paging(() => sqliteDriver(targetOf(at('paging.db').uri), 'keyv', 5000))
  noRecords(
    () => at('bad.db'),
    async (key, text) => {
      const other = await openDatabase(join(directory, 'bad.db'), { create: false, busyMs: 5000 })
      await other.all('INSERT INTO keyv VALUES (?, ?)', key, text)
      await other.close()
    },
  )

  const sendTo = async (file: string, text: string, ...values: readonly unknown[]) => {
    const other = await openDatabase(join(directory, file), { create: false, busyMs: 5000 })
    try {
      return await other.all(text, ...values)
    } finally {
      await other.close()
    }
  }
  leases(() => at('leases.db'), {
    read: async (key) => String((await sendTo('leases.db', 'SELECT value FROM keyv WHERE key = ?', key))[0]?.value),
    write: (key, text) => sendTo('leases.db', 'UPDATE keyv SET value = ? WHERE key = ?', text, key),
    remove: (key) => sendTo('leases.db', 'DELETE FROM keyv WHERE key = ?', key),
    isLock: true,
  })

  test('a text that is not UTF-8, or larger than any record, is an unreadable record, and the others are read', async () => {
    const store = await openedStore(at('bytes.db'))
    await store.setMany(new Map([['good', { sign: '\ufffd é' }]]), signalIn())
    await sendTo(
      'bytes.db',
      `INSERT INTO keyv VALUES ('sessionkeep:-:bad', CAST(x'7b2276616c7565223a22e9227d' AS TEXT))`,
    )
    await sendTo('bytes.db', `INSERT INTO keyv VALUES ('sessionkeep:-:big', CAST(zeroblob(2000000) AS TEXT))`)
    const error = await rejection(store.getMany(['bad', 'big', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
    expect([...failed.keys()].toSorted()).toEqual(['bad', 'big'])
    expect(values).toEqual(new Map([['good', { sign: '\ufffd é' }]]))
  })

  test('a backup that is renamed over the file ends the connection, and the change before that is not acknowledged', async () => {
    const told: Error[] = []
    const store = await openedStore(at('renamed.db'), { owner: 'a', onLost: (error) => void told.push(error) })
    await store.setMany(new Map([['a', 1]]), signalIn())
    copyFileSync(join(directory, 'renamed.db'), join(directory, 'renamed.bak'))
    await store.setMany(new Map([['a', 2]]), signalIn())
    renameSync(join(directory, 'renamed.bak'), join(directory, 'renamed.db'))
    expect(await rejection(store.setMany(new Map([['a', 3]]), signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(told).toHaveLength(1)
    await store.close?.()
    await store.open?.(contextOf({ owner: 'a' }))
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('a write-ahead log that was removed ends the connection, and what it had is in the database again afterwards', async () => {
    await (await openedStore(at('log.db'))).close?.()
    await sendTo('log.db', 'PRAGMA journal_mode = WAL')
    const path = join(directory, 'log.db')
    let seen: (error: Error) => void = () => undefined
    const told = new Promise<Error>((resolve) => {
      seen = resolve
    })
    const onLost = (error: Error) => seen(error)
    const store = await openedStore(at('log.db'), { owner: 'a', onLost })
    await store.setMany(new Map([['a', 1]]), signalIn())
    rmSync(`${path}-wal`)
    const call = rejection(store.setMany(new Map([['a', 2]]), signalIn()))
    expect(await call).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('write-ahead log') })
    expect((await told).message).toContain('it was removed')
    await store.close?.()
    await store.open?.(contextOf({ owner: 'a', onLost }))
    await store.setMany(new Map([['b', 3]]), signalIn())
    for (const end of ['', '-wal']) copyFileSync(path + end, `${path}.copy${end}`)
    // This is what the next gateway would find if this one were killed now.
    expect(await namesOf(await openedStore(at('log.db.copy'), { readOnly: true }))).toEqual(['a', 'b'])
  })

  test('an older content of the same file, and a file that was removed, are noticed without a call', async () => {
    for (const fault of ['older', 'removed']) {
      const file = `${fault}.db`
      let seen: (error: Error) => void = () => undefined
      const told = new Promise<Error>((resolve) => {
        seen = resolve
      })
      const store = await openedStore(at(file), { owner: 'a', onLost: (error) => seen(error) })
      await store.setMany(new Map([['a', 1]]), signalIn())
      await sendTo(file, 'CREATE TABLE copy AS SELECT * FROM keyv')
      await store.setMany(new Map([['a', 2]]), signalIn())
      if (fault === 'removed') rmSync(join(directory, file))
      else await sendTo(file, 'INSERT OR REPLACE INTO keyv SELECT * FROM copy')
      expect((await told).message).toMatch(fault === 'removed' ? /it was removed/ : /replaced by an older copy/)
    }
  })

  test.skipIf(process.geteuid?.() !== 0)(
    'a disk that is read-only is read, and says so; a missing file there is no mistake of the configuration (needs root)',
    async () => {
      const place = join(directory, 'disk')
      mkdirSync(place)
      await (await openedStore(at('disk/records.db'))).close?.()
      execFileSync('mount', ['--bind', place, place])
      try {
        execFileSync('mount', ['-o', 'remount,bind,ro', place])
        for (const file of ['records.db', 'other.db'])
          expect(await rejection(madeStore(at(`disk/${file}`)).open?.(contextOf({ owner: 'new' })))).toMatchObject({
            code: 'STORE_READ_ONLY',
          })
        expect(await namesOf(await openedStore(at('disk/records.db'), { readOnly: true }))).toEqual([])
      } finally {
        execFileSync('umount', ['-l', place])
      }
    },
  )

  test.skipIf(process.geteuid?.() !== 0)(
    'a database that is mounted as a single file is refused, with the advice to mount its directory (needs root)',
    async () => {
      const file = join(directory, 'single.db')
      await (await openedStore(at('single.db'))).close?.()
      execFileSync('mount', ['--bind', file, file])
      try {
        const error = await rejection(madeStore(at('single.db')).open?.(contextOf()))
        expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
        expect(error.message).toContain('Mount the directory')
      } finally {
        execFileSync('umount', [file])
      }
    },
  )

  test('a file declares the durability power, memory declares none', async () => {
    expect((await openedStore(at('declared.db'))).capabilities).toEqual({
      durability: 'power',
      retains: true,
      shared: false,
    })
    const memory = await openedStore({ uri: 'sqlite://:memory:' })
    expect(memory.capabilities.durability).toBe('none')
    await memory.setMany(new Map([['a', 1]]), signalIn())
    expect(await namesOf(memory)).toEqual(['a'])
  })

  test.skipIf(!can.sharedMemory)(
    'a file in a directory in memory declares the durability process, with one warning (needs /dev/shm)',
    async () => {
      const place = mkdtempSync('/dev/shm/keyv-sqlite-')
      try {
        const logger = recordingLogger()
        const store = await openedStore({ uri: `sqlite://${join(place, 'sessions.db')}` }, { logger })
        expect(store.capabilities.durability).toBe('process')
        expect(logger.entries.map(({ message }) => message)).toEqual([expect.stringContaining('is in memory')])
        await store.close?.()
      } finally {
        rmSync(place, { recursive: true })
      }
    },
  )

  test('read-only creates neither file nor table, and reads what another store creates', async () => {
    const absent = await rejection(madeStore(at('later.db')).open?.(contextOf({ readOnly: true })))
    expect(absent).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
    expect(readdirSync(directory).filter((name) => name.startsWith('later'))).toEqual([])
    const other = await openDatabase(join(directory, 'later.db'), { create: true, busyMs: 0 })
    await other.exec('CREATE TABLE theirs (a)')
    await other.close()
    const reader = await openedStore(at('later.db'), { readOnly: true })
    expect(await namesOf(reader)).toEqual([])
    expect(await reader.getMany(['a'], signalIn())).toEqual(new Map())
    const writer = await openedStore(at('later.db'))
    await writer.setMany(new Map([['a', 1]]), signalIn())
    expect(await reader.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('open() reports a file that cannot be written, and reading it works', async () => {
    const file = join(directory, 'fixed.db')
    await (await openedStore(at('fixed.db'))).close?.()
    for (const name of readdirSync(directory)) if (name.startsWith('fixed.db.')) rmSync(join(directory, name))
    chmodSync(file, 0o444)
    // The group of root is kept, so that lock files can be made.
    chmodSync(directory, 0o775)
    await asAnybody(async () => {
      const error = await rejection(madeStore(at('fixed.db')).open?.(contextOf()))
      expect(error).toMatchObject({ code: 'STORE_READ_ONLY' })
      expect(await namesOf(await openedStore(at('fixed.db'), { readOnly: true }))).toEqual([])
    })
  })

  test.each([0, 0o022])('under umask %i, database, journal and lock files are for this user alone', async (umask) => {
    const usual = process.umask(umask)
    try {
      const store = await openedStore(at(`private-${umask}.db`), { owner: 'gateway' })
      const outside = await openDatabase(join(directory, `private-${umask}.db`), { create: false, busyMs: 0 })
      await outside.exec('BEGIN IMMEDIATE; CREATE TABLE pending (a)')
      const made = readdirSync(directory).filter((name) => name.startsWith(`private-${umask}.db`))
      expect(made).toHaveLength(4)
      for (const name of made)
        expect(`${name} ${(statSync(join(directory, name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`)
      await outside.close()
      await store.close?.()
    } finally {
      process.umask(usual)
    }
  })

  test('a database and lock files of an earlier release, which everybody may read, are made private', async () => {
    await (await openedStore(at('old.db'))).close?.()
    for (const name of ['old.db', 'old.db.lock']) chmodSync(join(directory, name), 0o644)
    await (await openedStore(at('old.db'))).close?.()
    for (const name of ['old.db', 'old.db.lock']) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
  })

  test.each([true, false])('a database that others could change is refused; read-only %j', async (readOnly) => {
    const place = mkdtempSync(join(directory, 'open-'))
    const uri = `sqlite://${join(place, 'a.db')}`
    await (await openedStore({ uri })).close?.()
    const refused = async () => rejection(madeStore({ uri }).open?.(contextOf({ readOnly })))
    const error = { code: 'STORE_MISCONFIGURED', message: expect.stringContaining('others could change it') }
    for (const mode of [0o777, 0o1777]) {
      chmodSync(place, mode)
      expect(await refused()).toMatchObject(error)
    }
    chmodSync(place, 0o755)
    chmodSync(join(place, 'a.db'), 0o666)
    expect(await refused()).toMatchObject(error)
  })

  test.skipIf(process.geteuid?.() !== 0)(
    'a database below a directory or link of another user is refused (needs root)',
    async () => {
      const place = mkdtempSync(join(directory, 'foreign-'))
      mkdirSync(join(place, 'ours'))
      symlinkSync('ours', join(place, 'link'))
      lchownSync(join(place, 'link'), 65534, 65534)
      const refused = async (name: string) =>
        rejection(madeStore({ uri: `sqlite://${join(place, name, 'a.db')}` }).open?.(contextOf()))
      const error = { code: 'STORE_MISCONFIGURED', message: expect.stringContaining('belongs to user 65534') }
      expect(await refused('link')).toMatchObject(error)
      chownSync(place, 65534, 65534)
      expect(await refused('ours')).toMatchObject(error)
      expect(readdirSync(join(place, 'ours'))).toEqual([])
    },
  )

  test.each(['no such directory', 'not a database'])(
    '%s: one readable error, and nothing is overwritten',
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
