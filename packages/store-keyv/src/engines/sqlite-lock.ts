import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { describeHolder, FOR_TWO_WRITERS, parseHolder } from '@sessionkeep/store-kit'
import type { Database } from './sqlite-connection.ts'
import { openDatabase } from './sqlite-database.ts'
import { makePrivate } from './sqlite-file.ts'

// SQLite needs no journal on disk here, because nothing is ever written to the lock files.
const EXCLUSIVE = 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'
const SHARED = 'PRAGMA journal_mode = MEMORY; BEGIN; SELECT count(*) FROM sqlite_master'

/**
 * Locks the database for one writer per owner, with SQLite locks on files beside the database. A lock lasts as long
 * as its connection and ends with the process. A writer with an owner holds the file of its owner exclusively and the
 * common file shared; a writer without owner holds the common file exclusively. Returns the function that releases
 * the locks.
 *
 * @param holderText - reads what the holder of the locks has written about itself
 * @throws `STORE_LOCKED`
 */
export async function lockFor(
  file: string,
  owner: string | undefined,
  holderText: () => Promise<string | undefined>,
): Promise<() => Promise<void>> {
  const path = realpathSync(file)
  const held: Database[] = []
  const release = async () => {
    await Promise.all(held.map((database) => database.close()))
  }
  const hold = async (lockFile: string, lock: string) => {
    // Whoever may read a lock file can lock it, and could keep the gateway from writing for ever. If this fails, SQLite
    // reports why.
    await makePrivate(lockFile).catch(() => undefined)
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
    const holder = parseHolder((await holderText()) ?? '')
    const by = holder ? describeHolder(holder) : 'another writer'
    throw new StoreError(
      'STORE_LOCKED',
      `${path} is in use by ${by}; it is free when that writer closes it or ends. ${FOR_TWO_WRITERS}`,
      { cause: error, context: { path, owner, pid: holder?.pid, host: holder?.host, since: holder?.since } },
    )
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
