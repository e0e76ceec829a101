import { constants, existsSync, type Stats } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { assertNotMounted, isInMemory } from '@sessionkeep/store-kit'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import { tableAway } from '../errors.ts'
import { onAbort } from '../race-abort.ts'
import type { Target } from '../target.ts'
import type { Database } from './sqlite-connection.ts'
import { openDatabase } from './sqlite-database.ts'
import { assertTrustedDatabase, makePrivate } from './sqlite-file.ts'
import { holderIn, holdSqliteLease } from './sqlite-lease.ts'
import { lockFor } from './sqlite-lock.ts'
import { statements } from './sqlite-statements.ts'

const IN_MEMORY = ':memory:'
const LOST_WITH_POWER =
  'The file system of this database is in memory: an acknowledged write survives a kill, but is lost in a power cut.'
/** Errors after which an open file cannot be used any more: it was made read-only, damaged or removed. */
const LOST = /^SQLITE_(READONLY|IOERR|CORRUPT|NOTADB|CANTOPEN)/

/**
 * Uses `sqlite3` or the module of Node, and the table that the adapter of Keyv would create. A batch is one statement, and
 * keys are listed without LIKE, which would ignore case.
 */
export function sqliteDriver({ uri, server }: Target, table: string, timeoutMs: number): Driver {
  const file = uri.slice('sqlite://'.length)
  const busyMs = Math.ceil(timeoutMs / 2)
  const hasNoFile = file === IN_MEMORY
  /** Fulfils once the last connection that was lost has released its locks. */
  let closed: Promise<unknown> = Promise.resolve()
  const seen = { table: false }
  const connectToFile = async (context: ConnectContext): Promise<Engine> => {
    await closed
    const onClosing = (closing: Promise<unknown>) => {
      closed = closing
    }
    return await onFile({ file, server, table, seen, busyMs, onClosing }, context)
  }
  return {
    shared: false,
    durability: hasNoFile ? 'none' : 'process',
    lease: !hasNoFile,
    connect: (context) => (hasNoFile ? inMemory(table) : connectToFile(context)),
  }
}

async function inMemory(table: string): Promise<Engine> {
  const { all, exec, close } = await openDatabase(IN_MEMORY, { create: true, busyMs: 0 })
  await prepare({ all, exec }, table, false)
  return { durability: 'none', ...statements({ table, all }), end: close }
}

interface Place {
  readonly file: string
  readonly server: string
  readonly table: string
  /** Whether any connection of this store has found the table. Then the records may be away with it. */
  readonly seen: { table: boolean }
  readonly busyMs: number
  /** Called when a connection is being closed because it was given up. */
  readonly onClosing: (closing: Promise<unknown>) => void
}

async function onFile(place: Place, context: ConnectContext): Promise<Engine> {
  const { file, server } = place
  if (context.readOnly && !existsSync(file)) {
    throw new StoreError('STORE_UNAVAILABLE', `There is no database at ${server} yet.`, { context: { server } })
  }
  if (!context.readOnly) await assertNotMounted(file)
  try {
    return await opened(place, context)
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_CANTOPEN' || (await canWrite(file))) throw error
    const message = `${server} can only be read: its directory does not accept new files.`
    throw new StoreError('STORE_READ_ONLY', message, { cause: error, context: { server } })
  }
}

async function canWrite(file: string): Promise<boolean> {
  const directory = dirname(file)
  // A directory that is missing is a mistake in the configuration.
  if (!existsSync(directory)) return true
  return await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function opened(place: Place, context: ConnectContext): Promise<Engine> {
  const { file, server, table, busyMs, onClosing } = place
  const { readOnly, owner, lease, signal, onLost } = context
  const warnings = await assertTrustedDatabase(file)
  // If this fails, SQLite reports why.
  if (!readOnly) await makePrivate(file).catch(() => undefined)
  const database = watched(await openDatabase(file, { create: !readOnly, busyMs }), onLost)
  let release: () => Promise<void> = async () => undefined
  const close = async () => {
    await database.close()
    await release()
  }
  onAbort(signal, () => onClosing(close()))
  try {
    if (!readOnly) release = await lockFor(file, owner, () => holderIn(database, table, lease))
    signal.throwIfAborted()
    const prepared = await prepare(database, table, readOnly)
    const all = onTable(database, place, context)
    await all(`SELECT 1 FROM ${table} LIMIT 0`)
    const isLostWithPower = prepared === 'power' && (await isInMemory(file))
    const assertSameFile = await sameFile(file, server, onLost)
    const held = lease && (await holdSqliteLease({ all }, table, { lease, server, onLost }))
    const { set, delete: remove, rename, ...reads } = statements({ table, all, held })
    // If the file was replaced meanwhile, a change went to the old file, which has no path any more. So the path is checked after
    // each change.
    const checked =
      <T>(change: (what: T) => Promise<void>) =>
      (what: T) =>
        change(what).then(assertSameFile)
    return {
      durability: isLostWithPower ? 'process' : prepared,
      warnings: isLostWithPower ? [...warnings, LOST_WITH_POWER] : warnings,
      ...reads,
      set: checked(set),
      delete: checked(remove),
      rename: checked(rename),
      async beat() {
        await assertSameFile()
        await held?.check()
      },
      async end() {
        await held?.release().catch(() => undefined)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Reports the errors after which the connection is of no use. */
function watched(database: Database, onLost: (error: unknown) => void): Database {
  const watch = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      if (LOST.test(codeOf(error) ?? '')) onLost(error)
      throw error
    }
  }
  return {
    all: (...statement) => watch(database.all(...statement)),
    exec: (text) => watch(database.exec(text)),
    close: database.close,
  }
}

/** Runs statements on the table. If the table is away, that is reported. */
function onTable(
  database: Database,
  { server, table, seen }: Place,
  { readOnly, onLost }: ConnectContext,
): Database['all'] {
  // A trigger may lack a table of its own.
  const isAway = new RegExp(`no such table: (main\\.)?${table}$`)
  return async (...statement) => {
    try {
      const rows = await database.all(...statement)
      seen.table = true
      return rows
    } catch (error) {
      if (!(error instanceof Error && isAway.test(error.message))) throw error
      // A read-only store must not create the table. The store is empty until another one creates it.
      if (readOnly && !seen.table) return []
      // The next connection of a writer creates the table again.
      const reason = readOnly ? tableAway(table, server) : error
      onLost(reason)
      throw reason
    }
  }
}

/**
 * Returns a function that rejects if the file at the path, or its write-ahead log, is not the one that was opened. What is
 * written to a log that was removed is lost when this process is killed.
 */
async function sameFile(file: string, server: string, onLost: (error: unknown) => void): Promise<() => Promise<void>> {
  const path = await realpath(file)
  const parts: Array<{ readonly path: string; readonly what: string; first: Stats | undefined }> = [
    { path: file, what: server, first: await stat(file) },
    { path: `${path}-wal`, what: `The write-ahead log of ${server}`, first: undefined },
  ]
  return async () => {
    for (const part of parts) {
      const now = await statOf(part.path)
      // A database without a log may get one, when another program sets its journal mode.
      part.first ??= now
      if (now?.ino === part.first?.ino && now?.dev === part.first?.dev) continue
      const error = new StoreError(
        'STORE_UNAVAILABLE',
        `${part.what} is not the file that was opened: it was ${now ? 'replaced' : 'removed'}.`,
        { context: { server } },
      )
      onLost(error)
      throw error
    }
  }
}

function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}

async function prepare(
  { all, exec }: Pick<Database, 'all' | 'exec'>,
  table: string,
  readOnly: boolean,
): Promise<Engine['durability']> {
  // With a rollback journal, only EXTRA makes a commit survive a power cut right after it.
  await exec('PRAGMA synchronous = EXTRA')
  if (readOnly) await exec('PRAGMA query_only = ON')
  else await exec(`CREATE TABLE IF NOT EXISTS ${table} (key VARCHAR(255) PRIMARY KEY, value TEXT)`)
  // This reports a file that cannot be written when the store is opened, even if the table exists.
  if (!readOnly) await exec(`UPDATE ${table} SET value = value WHERE key = ''`)
  const [mode] = await all('PRAGMA journal_mode')
  // Without a journal on disk, a kill during a write damages the file.
  return ['delete', 'truncate', 'persist', 'wal'].includes(String(mode?.journal_mode)) ? 'power' : 'none'
}
