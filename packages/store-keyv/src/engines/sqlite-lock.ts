import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { codeOf, StoreError } from '@sessionkeep/core/store'
import { type Database, openDatabase } from './sqlite-database.ts'

// Without a journal on disk, for nothing is ever written: the lock files stay empty.
const EXCLUSIVE = 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'
const SHARED = 'PRAGMA journal_mode = MEMORY; BEGIN; SELECT count(*) FROM sqlite_master'

/**
 * Makes one writer of an owner the only one of its kind, by SQLite's own locks on files beside the database: held as
 * long as the connection, gone with the process. An owner's file is held alone and everyone's shared; who writes for
 * everyone holds the latter alone. Rejects with `STORE_LOCKED`; otherwise answers how to let go.
 */
export async function lockFor(file: string, owner: string | undefined): Promise<() => Promise<void>> {
  const path = realpathSync(file)
  const held: Database[] = []
  const release = async () => {
    await Promise.all(held.map((database) => database.close()))
  }
  const hold = async (lockFile: string, lock: string) => {
    const database = await openDatabase(lockFile, { create: true, busyMs: 0 })
    held.push(database)
    await database.exec(lock)
  }
  try {
    await hold(`${path}.lock`, owner === undefined ? EXCLUSIVE : SHARED)
    if (owner !== undefined) await hold(`${path}.${digest(owner)}.lock`, EXCLUSIVE)
    return release
  } catch (error) {
    await release()
    if (codeOf(error) !== 'SQLITE_BUSY') throw error
    throw new StoreError('STORE_LOCKED', `Another writer has ${path} open; it is free when that one closes or ends.`, {
      cause: error,
      context: { path },
    })
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
